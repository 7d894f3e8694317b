#pragma once
// This component provides `FileSource`: samples that were read once and never change, as PromQL
// reads them. The reader of OpenMetrics files fills it; tests may as well. It keeps every sample as
// it is, uncompressed, and never grows after it was made.

#include "history/source.hpp"

#include <string>
#include <unordered_map>

namespace opsmon::history {

class FileSource final : public Source {
public:
    struct Series {
        metrics::Labels labels;
        std::vector<Point> points; // in the order of time, each moment once
    };

    FileSource() = default;
    explicit FileSource(std::vector<Series> series); // in any order, each set of labels once

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

    [[nodiscard]] const std::vector<Series>& series() const { return series_; }

private:
    template <typename Visit>
    void each(std::string_view metric_name, const Filter& filter, Visit visit) const;

    std::vector<Series> series_; // in the order of labels
    std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
};

} // namespace opsmon::history
