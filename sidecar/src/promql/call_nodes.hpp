#pragma once
// This component provides the nodes of function calls that work on the values of one series at a
// time, of scalars and of time. Functions that look at labels or at the whole vector stand in
// vector_nodes.hpp.

#include "promql/element_functions.hpp"
#include "promql/node.hpp"
#include "promql/range_functions.hpp"
#include "promql/selector_node.hpp"

namespace opsmon::promql {

class NumberNode final : public Node {
public:
    NumberNode(Run& run, double value) : Node(run), item_{run.labels().intern({}), value} {}

protected:
    bool compute(TimestampMs, Frame& out) override {
        out.push_back(item_);
        return true;
    }

private:
    Item item_;
};

// time()
class TimeNode final : public Node {
public:
    explicit TimeNode(Run& run) : Node(run), no_labels_(run.labels().intern({})) {}

protected:
    bool compute(TimestampMs at, Frame& out) override {
        out.push_back({no_labels_, static_cast<double>(at) / 1000});
        return true;
    }

private:
    LabelId no_labels_;
};

// The scalar arguments of a call.
class ScalarArguments {
public:
    explicit ScalarArguments(std::vector<NodePtr> nodes) : nodes_(std::move(nodes)) {}
    bool eval(TimestampMs at);
    [[nodiscard]] std::span<const double> values() const { return values_; }

private:
    std::vector<NodePtr> nodes_;
    std::vector<double> values_;
    Frame frame_;
};

// rate(), sum_over_time() and their like.
class RangeCallNode final : public Node {
public:
    RangeCallNode(Run& run, RangeFunction function, bool keeps_name, Windows windows,
                  ScalarArguments scalars)
        : Node(run),
          function_(function),
          keeps_name_(keeps_name),
          windows_(std::move(windows)),
          scalars_(std::move(scalars)),
          shown_(windows_.size(), kNoLabelId) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    LabelId show(std::size_t i);

    RangeFunction function_;
    bool keeps_name_;
    Windows windows_;
    ScalarArguments scalars_;
    std::vector<LabelId> shown_; // the labels of each series that had a result
    LabelChange change_;
};

// abs(), round(), hour() and their like.
class ElementCallNode final : public Node {
public:
    ElementCallNode(Run& run, ElementFunction function, NodePtr operand, ScalarArguments scalars)
        : Node(run),
          function_(function),
          operand_(std::move(operand)),
          scalars_(std::move(scalars)) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    ElementFunction function_;
    NodePtr operand_;
    ScalarArguments scalars_;
    LabelChange change_;
    Frame input_;
};

class NegationNode final : public Node {
public:
    NegationNode(Run& run, NodePtr operand) : Node(run), operand_(std::move(operand)) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    NodePtr operand_;
    LabelChange change_;
};

// timestamp() of what is not a selector, where each item is as old as the step; of a selector, the
// operand gives the times already.
class TimestampNode final : public Node {
public:
    TimestampNode(Run& run, NodePtr operand, bool operand_gives_times)
        : Node(run), operand_(std::move(operand)), operand_gives_times_(operand_gives_times) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    NodePtr operand_;
    bool operand_gives_times_;
    LabelChange change_;
};

// scalar(), and vector() which changes nothing: both are one item without labels.
class ScalarNode final : public Node {
public:
    ScalarNode(Run& run, NodePtr operand)
        : Node(run), operand_(std::move(operand)), no_labels_(run.labels().intern({})) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    NodePtr operand_;
    LabelId no_labels_;
};

} // namespace opsmon::promql
