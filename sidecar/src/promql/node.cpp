#include "promql/node.hpp"

namespace opsmon::promql {

bool Run::load_samples(std::size_t count) {
    samples_ += count;
    return samples_ <= limits_.samples_max ||
           fail("query processing would load too many samples into memory: more than " +
                std::to_string(limits_.samples_max) +
                "; select fewer series or a shorter time, or use a larger step");
}

bool Run::work(std::size_t samples) {
    work_ += samples;
    if (labels_.is_full()) {
        return fail("query makes too many labels: more than " +
                    std::to_string(limits_.made_label_bytes_max) +
                    " bytes of them; select fewer series or make shorter labels");
    }
    return work_ <= limits_.work_max ||
           fail("query takes too much work: more than " + std::to_string(limits_.work_max) +
                " samples to look at; use a larger step, a shorter range or fewer series");
}

bool Run::check_unique(const Frame& frame) {
    seen_.clear();
    for (const auto& item : frame) {
        if (!seen_.at(labels_.canonical(item.labels)).second) {
            return fail(kSameLabels);
        }
    }
    return true;
}

bool ConstantNode::compute(TimestampMs, Frame& out) {
    if (!known_) {
        if (!inner_->eval(at_, answer_)) {
            return false;
        }
        known_ = true;
    }
    out = answer_;
    return true;
}

} // namespace opsmon::promql
