#pragma once
// This component provides the leaves of an evaluation: the newest sample of each series at a step,
// and the samples of a range before it. Each selector's samples are fetched once, for all steps.
// Stale markers end here; nothing above sees one.

#include "promql/ast.hpp"
#include "promql/node.hpp"

#include <span>

namespace opsmon::promql {

// How far back an instant selector looks, as in Prometheus.
inline constexpr std::int64_t kLookback_ms = 5 * 60 * 1000;

// The moment a selector or subquery looks at, as seen from a step.
struct Reference {
    std::int64_t offset_ms = 0;
    std::optional<TimestampMs> fixed; // by @

    [[nodiscard]] TimestampMs at(TimestampMs step) const {
        return fixed.value_or(step) - offset_ms;
    }
};

class InstantNode final : public Node {
public:
    // Null where the samples cannot be loaded. `gives_times`: the time of each sample instead of
    // its value, for timestamp().
    static NodePtr make(Run& run, const VectorSelector& selector, Reference reference,
                        const Steps& steps, bool gives_times);

    InstantNode(Run& run, Reference reference, bool gives_times)
        : Node(run), reference_(reference), gives_times_(gives_times) {}

protected:
    bool compute(TimestampMs at, Frame& out) override;

private:
    struct Entry {
        LabelId labels = 0;
        std::size_t next = 0; // the first point later than the step
        std::vector<history::Point> points;
    };
    bool load(const VectorSelector& selector, const Steps& steps);
    void load_newest(const VectorSelector& selector, TimestampMs until);
    void give(Frame& out, LabelId labels, const history::Point& point) const;

    Reference reference_;
    bool gives_times_;
    bool known_ = false; // one moment only: `frame_` is the answer
    Frame frame_;
    std::vector<Entry> series_;
};

// The samples of each series that lie in a range before each step.
class Windows {
public:
    struct Entry {
        LabelId labels = 0;
        std::vector<history::Point> points;
        std::size_t begin = 0; // of the window of this step
        std::size_t end = 0;
    };

    Windows(std::vector<Entry> series, std::int64_t range_ms, Reference reference)
        : series_(std::move(series)), range_ms_(range_ms), reference_(reference) {}

    // Empty where the samples cannot be loaded.
    static std::optional<Windows> load(Run& run, const RangeSelector& selector, Reference reference,
                                       const Steps& steps);

    void move_to(TimestampMs at);
    [[nodiscard]] std::size_t size() const { return series_.size(); }
    [[nodiscard]] LabelId labels(std::size_t i) const { return series_[i].labels; }
    [[nodiscard]] std::span<const history::Point> points(std::size_t i);
    [[nodiscard]] TimestampMs start() const { return end_ - range_ms_; }
    [[nodiscard]] TimestampMs end() const { return end_; }

private:
    std::vector<Entry> series_;
    std::int64_t range_ms_;
    Reference reference_;
    TimestampMs end_ = 0;
};

} // namespace opsmon::promql
