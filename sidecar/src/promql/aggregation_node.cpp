#include "promql/aggregation_node.hpp"

#include "promql/go_heap.hpp"
#include "promql/number_text.hpp"
#include "promql/quantile.hpp"
#include "promql/relabel.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::promql {
namespace {

bool keeps_items(AggregationOp op) {
    return op == AggregationOp::Topk || op == AggregationOp::Bottomk;
}

// Which of two items leaves first: the smaller one of topk, the larger one of bottomk, NaN before
// all.
bool leaves_before(AggregationOp op, double a, double b) {
    return std::isnan(a) || (op == AggregationOp::Topk ? a < b : a > b);
}

} // namespace

AggregationNode::AggregationNode(Run& run, const Aggregation& aggregation, NodePtr parameter,
                                 std::string value_label, NodePtr operand)
    : Node(run),
      aggregation_(aggregation),
      grouping_(aggregation.grouping),
      parameter_(std::move(parameter)),
      value_label_(std::move(value_label)),
      operand_(std::move(operand)) {
    if (aggregation.op == AggregationOp::CountValues && !aggregation.without) {
        grouping_.push_back(value_label_);
    }
}

bool AggregationNode::compute(TimestampMs at, Frame& out) {
    if (parameter_ != nullptr) {
        if (!parameter_->eval(at, input_)) {
            return false;
        }
        number_ = input_.front().value;
    }
    if (!operand_->eval(at, input_) || !check_parameter()) {
        return false;
    }
    if (keeps_items(aggregation_.op) && number_ < 1) {
        return true;
    }
    collect();
    for (std::size_t i = 0; i < used_; ++i) {
        finish(groups_[i], out);
    }
    return true;
}

bool AggregationNode::check_parameter() {
    constexpr double kLargest = 9223372036854774784.0;
    if (keeps_items(aggregation_.op) &&
        !(number_ <= kLargest && number_ >= -9223372036854775808.0)) {
        return run_.fail("Scalar value " + scientific_number(number_) + " overflows int64");
    }
    if (aggregation_.op == AggregationOp::CountValues && !is_label_name(value_label_)) {
        return run_.fail("invalid label name \"" + value_label_ + "\"");
    }
    return true;
}

void AggregationNode::collect() {
    index_.clear();
    used_ = 0;
    for (const auto& item : input_) {
        const auto labels = group_of(item);
        auto [index, is_new] = index_.at(labels);
        if (is_new) {
            index = used_++;
            groups_.resize(std::max(groups_.size(), used_));
            groups_[index].labels = labels;
            start(groups_[index], item);
        } else {
            add(groups_[index], item);
        }
    }
}

LabelId AggregationNode::group_of(const Item& item) {
    const auto reduce = [this](const metrics::Labels& labels) {
        return aggregation_.without ? without_name(drop_labels(labels, grouping_))
                                    : keep_labels(labels, grouping_);
    };
    if (aggregation_.op != AggregationOp::CountValues) {
        return change_.get(run_.labels(), item.labels, reduce);
    }
    const auto value = plain_number(item.value);
    auto labels = run_.labels()[item.labels];
    labels.set(value_label_, value);
    return run_.labels().intern(reduce(labels));
}

void AggregationNode::start(Group& group, const Item& item) const {
    group.value = item.value;
    group.mean = item.value;
    group.count = 1;
    switch (aggregation_.op) {
    case AggregationOp::Stddev:
    case AggregationOp::Stdvar:
        group.value = 0;
        break;
    case AggregationOp::Group:
        group.value = 1;
        break;
    case AggregationOp::Topk:
    case AggregationOp::Bottomk:
        group.items.assign(1, item);
        break;
    case AggregationOp::Quantile:
        group.values.assign(1, item.value);
        break;
    default:
        break;
    }
}

void AggregationNode::add(Group& group, const Item& item) const {
    const double value = item.value;
    group.count += 1;
    switch (aggregation_.op) {
    case AggregationOp::Sum:
        group.value += value;
        break;
    case AggregationOp::Avg:
        add_to_mean(group, value);
        break;
    case AggregationOp::Max:
        group.value = group.value < value || std::isnan(group.value) ? value : group.value;
        break;
    case AggregationOp::Min:
        group.value = group.value > value || std::isnan(group.value) ? value : group.value;
        break;
    case AggregationOp::Stddev:
    case AggregationOp::Stdvar: {
        const double delta = value - group.mean;
        group.mean += delta / group.count;
        group.value += delta * (value - group.mean);
        break;
    }
    case AggregationOp::Topk:
    case AggregationOp::Bottomk:
        add_to_heap(group, item);
        break;
    case AggregationOp::Quantile:
        group.values.push_back(value);
        break;
    case AggregationOp::Count:
    case AggregationOp::CountValues:
    case AggregationOp::Group:
        break;
    }
}

void AggregationNode::add_to_mean(Group& group, double value) const {
    // An infinite mean stays as it is unless the other infinity, or NaN, comes along.
    if (std::isinf(group.mean) && ((std::isinf(value) && (group.mean > 0) == (value > 0)) ||
                                   (!std::isinf(value) && !std::isnan(value)))) {
        return;
    }
    group.mean += value / group.count - group.mean / group.count;
}

// The item that leaves next stands in front.
void AggregationNode::add_to_heap(Group& group, const Item& item) const {
    const auto op = aggregation_.op;
    const auto before = [op](const Item& a, const Item& b) {
        return leaves_before(op, a.value, b.value);
    };
    auto& heap = group.items;
    if (static_cast<double>(heap.size()) < std::trunc(number_)) {
        heap.push_back(item);
        sift_up(heap, before);
        return;
    }
    const double front = heap.front().value;
    const bool better = op == AggregationOp::Topk ? front < item.value : front > item.value;
    if (better || (std::isnan(front) && !std::isnan(item.value))) {
        heap.front() = item;
        sift_down(heap, before);
    }
}

void AggregationNode::finish(Group& group, Frame& out) const {
    switch (aggregation_.op) {
    case AggregationOp::Avg:
        group.value = group.mean;
        break;
    case AggregationOp::Count:
    case AggregationOp::CountValues:
        group.value = group.count;
        break;
    case AggregationOp::Stdvar:
        group.value /= group.count;
        break;
    case AggregationOp::Stddev:
        group.value = std::sqrt(group.value / group.count);
        break;
    case AggregationOp::Quantile:
        group.value = quantile(number_, group.values);
        break;
    case AggregationOp::Topk:
    case AggregationOp::Bottomk:
        // Best first; NaN, which leaves before all, last.
        std::stable_sort(
            group.items.begin(), group.items.end(), [this](const Item& a, const Item& b) {
                return std::isnan(b.value) ? !std::isnan(a.value)
                                           : leaves_before(aggregation_.op, b.value, a.value);
            });
        out.insert(out.end(), group.items.begin(), group.items.end());
        return;
    default:
        break;
    }
    out.push_back({group.labels, group.value});
}

} // namespace opsmon::promql
