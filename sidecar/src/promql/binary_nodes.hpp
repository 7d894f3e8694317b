#pragma once
// This component provides the nodes of binary operators: arithmetic and comparison of scalars and
// vectors, the matching of two vectors, and the sets and/or/unless. The planner chooses by the
// types of the operands.

#include "promql/ast.hpp"
#include "promql/node.hpp"

#include <unordered_map>

namespace opsmon::promql {

// One operator on two numbers.
struct Operation {
    BinaryOp op = BinaryOp::Add;
    bool returns_bool = false;

    struct Outcome {
        double value = 0;
        bool keep = true;
    };
    // A comparison without bool keeps `kept`.
    [[nodiscard]] Outcome apply(double a, double b, double kept) const;
    // atan2 keeps it, in Prometheus 2.42.
    [[nodiscard]] bool drops_name() const {
        return op != BinaryOp::Atan2 && (!is_comparison(op) || returns_bool);
    }
};

class ScalarsNode final : public Node {
public:
    ScalarsNode(Run& run, Operation operation, NodePtr lhs, NodePtr rhs)
        : Node(run), operation_(operation), lhs_(std::move(lhs)), rhs_(std::move(rhs)) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    Operation operation_;
    NodePtr lhs_;
    NodePtr rhs_;
    Frame right_;
};

class VectorScalarNode final : public Node {
public:
    VectorScalarNode(Run& run, Operation operation, NodePtr vector, NodePtr scalar,
                     bool scalar_is_left)
        : Node(run),
          operation_(operation),
          vector_(std::move(vector)),
          scalar_(std::move(scalar)),
          scalar_is_left_(scalar_is_left) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    Operation operation_;
    NodePtr vector_;
    NodePtr scalar_;
    bool scalar_is_left_;
    LabelChange change_;
    Frame input_;
    Frame number_;
};

// The labels of a series that take part in the matching, as a number.
class MatchKey {
public:
    explicit MatchKey(const Matching& matching) : matching_(matching) {}
    LabelId of(LabelTable& table, LabelId labels);

private:
    const Matching& matching_; // of the expression, which outlives the evaluation
    LabelChange change_;
};

class VectorsNode final : public Node {
public:
    VectorsNode(Run& run, Operation operation, const Matching& matching, NodePtr lhs, NodePtr rhs)
        : Node(run),
          operation_(operation),
          matching_(matching),
          lhs_(std::move(lhs)),
          rhs_(std::move(rhs)),
          many_key_(matching),
          one_key_(matching) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    bool index_one_side();
    bool match(Frame& out);
    bool note_match(LabelId key, LabelId result);
    LabelId result_labels(LabelId many, LabelId one);
    bool duplicate(const Item& first, const Item& second);

    Operation operation_;
    const Matching& matching_;
    NodePtr lhs_;
    NodePtr rhs_;
    MatchKey many_key_; // of the side that may have several series of one key, else of the left
    MatchKey one_key_;
    StepMap<Item> one_side_;
    StepMap<bool> matched_;
    std::unordered_map<std::uint64_t, LabelId> results_;
    StepMap<std::vector<LabelId>> made_; // for each key, the results it has
    Frame many_;
    Frame one_;
};

class SetNode final : public Node {
public:
    SetNode(Run& run, BinaryOp op, const Matching& matching, NodePtr lhs, NodePtr rhs)
        : Node(run),
          op_(op),
          lhs_(std::move(lhs)),
          rhs_(std::move(rhs)),
          left_key_(matching),
          right_key_(matching) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    BinaryOp op_;
    NodePtr lhs_;
    NodePtr rhs_;
    MatchKey left_key_;
    MatchKey right_key_;
    StepMap<bool> keys_;
    Frame right_;
};

} // namespace opsmon::promql
