#pragma once
// This component provides the parts that an expression becomes to be evaluated: nodes that are
// asked for one step after another, with their operands below them. The planner puts them together,
// the evaluator asks the uppermost. Steps only ever go forward in time.

#include "base/clock.hpp"
#include "history/source.hpp"
#include "promql/label_table.hpp"
#include "promql/limits.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace opsmon::promql {

struct Steps {
    TimestampMs start = 0;
    TimestampMs end = 0;
    std::int64_t step_ms = 1;

    [[nodiscard]] bool single() const { return start == end; }
};

struct Item {
    LabelId labels = 0;
    double value = 0;
};
// What a node has at one step. A scalar is one item, without labels.
using Frame = std::vector<Item>;

// What all nodes of one evaluation share: where samples come from, the labels, what may still be
// spent, and the first thing that went wrong.
class Run {
public:
    // `reads_only`: a rehearsal, in which all is read and nothing evaluated.
    Run(const history::Source& source, const Limits& limits, bool reads_only = false)
        : source_(source), limits_(limits), reads_only_(reads_only) {
        labels_.set_bytes_max(limits.made_label_bytes_max);
    }

    [[nodiscard]] const history::Source& source() const { return source_; }
    [[nodiscard]] const Limits& limits() const { return limits_; }
    [[nodiscard]] bool reads_only() const { return reads_only_; }
    [[nodiscard]] const std::string& fault() const { return fault_; }
    LabelTable& labels() { return labels_; }

    // Always false, as the answer of a node that failed.
    bool fail(std::string what) {
        fault_ = fault_.empty() ? std::move(what) : fault_;
        return false;
    }
    bool load_samples(std::size_t count);
    bool work(std::size_t samples); // looked at, by one node at one step

    // Whether no two items have the same labels; otherwise the evaluation fails.
    bool check_unique(const Frame& frame);

private:
    const history::Source& source_;
    Limits limits_;
    bool reads_only_;
    LabelTable labels_;
    StepMap<bool> seen_;
    std::size_t samples_ = 0;
    std::uint64_t work_ = 0;
    std::string fault_;
};

class Node {
public:
    explicit Node(Run& run) : run_(run) {}
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual ~Node() = default;

    // Replaces `out`; false where the evaluation failed.
    bool eval(TimestampMs at, Frame& out) {
        out.clear();
        return run_.work(kStepWork) && compute(at, out) && run_.work(out.size());
    }

protected:
    virtual bool compute(TimestampMs at, Frame& out) = 0;
    Run& run_; // outlives the nodes

private:
    static constexpr std::size_t kStepWork = 20; // what a step costs without any sample
};

using NodePtr = std::unique_ptr<Node>;

// A node whose answer stays the same: computed at the first step.
class ConstantNode final : public Node {
public:
    ConstantNode(Run& run, NodePtr inner, TimestampMs at)
        : Node(run), inner_(std::move(inner)), at_(at) {}

protected:
    bool compute(TimestampMs, Frame& out) override;

private:
    NodePtr inner_;
    TimestampMs at_;
    bool known_ = false;
    Frame answer_;
};

inline constexpr auto kSameLabels = "vector cannot contain metrics with the same labelset";

} // namespace opsmon::promql
