#include "promql/call_nodes.hpp"

#include <limits>

namespace opsmon::promql {

bool ScalarArguments::eval(TimestampMs at) {
    values_.clear();
    for (const auto& node : nodes_) {
        if (!node->eval(at, frame_)) {
            return false;
        }
        values_.push_back(frame_.front().value);
    }
    return true;
}

bool RangeCallNode::compute(TimestampMs at, Frame& out) {
    if (!scalars_.eval(at)) {
        return false;
    }
    windows_.move_to(at);
    std::string fault;
    Window window{{}, windows_.start(), windows_.end(), at, scalars_.values()};
    for (std::size_t i = 0; i < windows_.size(); ++i) {
        window.points = windows_.points(i);
        if (window.points.empty()) {
            continue;
        }
        if (!run_.work(window.points.size())) {
            return false;
        }
        const auto value = function_(window, fault);
        if (!fault.empty()) {
            return run_.fail(fault);
        }
        if (value) {
            out.push_back({show(i), *value});
        }
    }
    // Over all steps: what has the same labels is refused even where the times differ.
    return !change_.ambiguous() || run_.fail(kSameLabels);
}

LabelId RangeCallNode::show(std::size_t i) {
    if (shown_[i] == kNoLabelId) {
        const auto labels = windows_.labels(i);
        shown_[i] = keeps_name_ ? labels : change_.get(run_.labels(), labels, without_name);
    }
    return shown_[i];
}

bool ElementCallNode::compute(TimestampMs at, Frame& out) {
    if (!scalars_.eval(at) || !operand_->eval(at, input_)) {
        return false;
    }
    for (const auto& item : input_) {
        if (const auto value = function_(item.value, scalars_.values())) {
            out.push_back({change_.get(run_.labels(), item.labels, without_name), *value});
        }
    }
    return !change_.ambiguous() || run_.check_unique(out);
}

bool NegationNode::compute(TimestampMs at, Frame& out) {
    if (!operand_->eval(at, out)) {
        return false;
    }
    for (auto& item : out) {
        const auto canonical = run_.labels().canonical(item.labels);
        item = {change_.get(run_.labels(), canonical, without_name), -item.value};
    }
    return !change_.ambiguous() || run_.fail(kSameLabels); // over all steps
}

bool TimestampNode::compute(TimestampMs at, Frame& out) {
    if (!operand_->eval(at, out)) {
        return false;
    }
    for (auto& item : out) {
        item = {change_.get(run_.labels(), item.labels, without_name),
                operand_gives_times_ ? item.value : static_cast<double>(at) / 1000};
    }
    return !change_.ambiguous() || run_.check_unique(out);
}

bool ScalarNode::compute(TimestampMs at, Frame& out) {
    if (!operand_->eval(at, out)) {
        return false;
    }
    const double value =
        out.size() == 1 ? out.front().value : std::numeric_limits<double>::quiet_NaN();
    out.assign(1, {no_labels_, value});
    return true;
}

} // namespace opsmon::promql
