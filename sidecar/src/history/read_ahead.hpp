#pragma once
// This component provides `ReadAhead`: what a query reads, taken from a source all at once. A query
// is rehearsed first: it finds nothing, and what it asks for is noted; then that is taken, while
// the source is held still; then it runs on what was taken, however long that lasts. Whoever
// queries the history beside the thread that writes it needs this. Labels and samples are copies.

#include "base/result.hpp"
#include "history/source.hpp"

#include <deque>
#include <string>

namespace opsmon::history {

class ReadAhead final : public Source {
public:
    // Whether a question so far may be about this metric, and how far back the questions go.
    [[nodiscard]] bool may_ask(std::string_view metric_name) const;
    [[nodiscard]] TimestampMs reaches_back_to() const;

    // Everything that was asked for so far. From then on the same questions, in the same order, are
    // answered. An error where it is more than `samples_max`.
    [[nodiscard]] Result<void> take(const Source& source, std::size_t samples_max);

    // Whether every question after take() was one of those before it, as it should be.
    [[nodiscard]] bool answered_all() const { return !astray_; }

    [[nodiscard]] std::vector<SelectedPoint> newest(std::string_view metric_name,
                                                    const Filter& filter, TimestampMs after,
                                                    TimestampMs until) const override;
    [[nodiscard]] std::vector<SelectedRange> range_up_to(std::size_t samples_max,
                                                         std::string_view metric_name,
                                                         const Filter& filter, TimestampMs after,
                                                         TimestampMs until) const override;
    [[nodiscard]] std::vector<const metrics::Labels*>
    series_between(std::string_view metric_name, const Filter& filter, TimestampMs after,
                   TimestampMs until) const override;

private:
    enum class Kind { Newest, Range, Series };
    struct Question {
        Kind kind;
        std::string metric_name;
        Filter filter;
        TimestampMs after;
        TimestampMs until;
        std::vector<SelectedPoint> points;
        std::vector<SelectedRange> ranges;
        std::vector<const metrics::Labels*> series;
    };
    // The next question, noted or answered; null where it is another one than before.
    Question* next(Kind kind, std::string_view metric_name, const Filter& filter, TimestampMs after,
                   TimestampMs until) const;
    const metrics::Labels* keep(const metrics::Labels* labels);

    // A source does not change for who reads it; that it listens is its own affair.
    mutable std::vector<Question> questions_;
    mutable std::size_t next_ = 0;
    mutable bool astray_ = false;
    bool taken_ = false;
    std::deque<metrics::Labels> labels_;
};

} // namespace opsmon::history
