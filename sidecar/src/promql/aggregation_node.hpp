#pragma once
// This component provides the node of aggregations: sum, avg, topk and all the others, by or
// without labels, with Prometheus' arithmetic and its order of results. Groups appear in the order
// of their first series.

#include "promql/ast.hpp"
#include "promql/node.hpp"

namespace opsmon::promql {

class AggregationNode final : public Node {
public:
    // `parameter` is null where the operator has none, or a text: that is `value_label`.
    AggregationNode(Run& run, const Aggregation& aggregation, NodePtr parameter,
                    std::string value_label, NodePtr operand);

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    struct Group {
        LabelId labels = 0;
        double value = 0;
        double mean = 0;
        double count = 0;
        Frame items;                // of topk and bottomk: a heap
        std::vector<double> values; // of quantile
    };

    bool check_parameter();
    void collect();
    LabelId group_of(const Item& item);
    void start(Group& group, const Item& item) const;
    void add(Group& group, const Item& item) const;
    void add_to_mean(Group& group, double value) const;
    void add_to_heap(Group& group, const Item& item) const;
    void finish(Group& group, Frame& out) const;

    const Aggregation& aggregation_; // of the expression, which outlives the evaluation
    std::vector<std::string> grouping_;
    NodePtr parameter_;
    std::string value_label_;
    NodePtr operand_;
    double number_ = 0; // the parameter at this step
    LabelChange change_;
    StepMap<std::size_t> index_;
    std::vector<Group> groups_; // memory is kept from step to step
    std::size_t used_ = 0;
    Frame input_;
};

} // namespace opsmon::promql
