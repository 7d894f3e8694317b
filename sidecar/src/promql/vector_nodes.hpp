#pragma once
// This component provides the nodes of function calls that look at labels or at a whole vector:
// absent, sort, label_replace, label_join and histogram_quantile.

#include "promql/node.hpp"
#include "promql/quantile.hpp"
#include "promql/selector_node.hpp"

#include <functional>

namespace opsmon::promql {

// absent(): `labels` describes what is absent.
class AbsentNode final : public Node {
public:
    AbsentNode(Run& run, NodePtr operand, metrics::Labels labels)
        : Node(run),
          operand_(std::move(operand)),
          labels_(run.labels().intern(std::move(labels))) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    NodePtr operand_;
    LabelId labels_;
};

class AbsentOverTimeNode final : public Node {
public:
    AbsentOverTimeNode(Run& run, Windows windows, metrics::Labels labels)
        : Node(run),
          windows_(std::move(windows)),
          labels_(run.labels().intern(std::move(labels))) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    Windows windows_;
    LabelId labels_;
};

// sort() and sort_desc(); NaN comes last in both.
class SortNode final : public Node {
public:
    SortNode(Run& run, NodePtr operand, bool descending)
        : Node(run), operand_(std::move(operand)), descending_(descending) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    NodePtr operand_;
    bool descending_;
};

// label_replace() and label_join(): the labels change, the values do not.
class RelabelNode final : public Node {
public:
    using Relabel = std::function<metrics::Labels(const metrics::Labels&)>;
    RelabelNode(Run& run, NodePtr operand, Relabel relabel)
        : Node(run), operand_(std::move(operand)), relabel_(std::move(relabel)) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    NodePtr operand_;
    Relabel relabel_;
    LabelChange change_;
};

// Fails when it is asked, as Prometheus finds faulty arguments only then.
class FaultNode final : public Node {
public:
    FaultNode(Run& run, std::string fault) : Node(run), fault_(std::move(fault)) {}

protected:
    bool compute(TimestampMs, Frame&) override { return run_.fail(fault_); }

private:
    std::string fault_;
};

class HistogramQuantileNode final : public Node {
public:
    HistogramQuantileNode(Run& run, NodePtr q, NodePtr operand)
        : Node(run), q_(std::move(q)), operand_(std::move(operand)) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    struct Histogram {
        LabelId labels = 0;
        std::vector<Bucket> buckets;
    };
    struct Place {
        bool known = false;
        bool is_bucket = false;
        double upper_bound = 0;
        LabelId histogram = 0; // the labels without le
        LabelId shown = 0;     // and without the name
    };
    const Place& place_of(LabelId labels);

    NodePtr q_;
    NodePtr operand_;
    std::vector<Place> places_;
    StepMap<std::size_t> index_;
    std::vector<Histogram> histograms_;
    std::size_t used_ = 0; // of histograms_, whose memory is kept from step to step
    Frame input_;
};

} // namespace opsmon::promql
