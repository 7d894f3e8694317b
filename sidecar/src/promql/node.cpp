#include "promql/node.hpp"

namespace opsmon::promql {

bool Run::load_samples(std::size_t count) {
    samples_ += count;
    return samples_ <= limits_.samples_max ||
           fail("query processing would load too many samples into memory: more than " +
                std::to_string(limits_.samples_max) +
                "; select fewer series or a shorter time, or use a larger step");
}

bool Run::take_step() {
    return ++steps_ <= limits_.node_steps_max ||
           fail("query takes too many steps: more than " + std::to_string(limits_.node_steps_max) +
                " evaluations; use a larger step in the subquery or the query");
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
