#pragma once
// This component provides `Joined`: two sources as one, what is older and what is newer than a
// moment. Queries that reach back behind the window in memory are evaluated on it. It copies
// nothing; both must live as long as it does.

#include "history/source.hpp"

namespace opsmon::history {

class Joined final : public Source {
public:
    // Of `older`, samples up to and at `border` count; of `newer`, those after it.
    Joined(const Source& older, const Source& newer, TimestampMs border)
        : older_(older), newer_(newer), border_(border) {}

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
    const Source& older_;
    const Source& newer_;
    TimestampMs border_;
};

} // namespace opsmon::history
