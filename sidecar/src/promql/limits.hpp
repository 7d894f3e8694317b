#pragma once
// This component provides what one evaluation may use. Whoever evaluates chooses; what is more is
// refused by name.

#include <cstddef>
#include <cstdint>

namespace opsmon::promql {

struct Limits {
    std::size_t series_max = 10'000;               // of a result
    std::size_t points_per_series_max = 11'000;    // steps of a range, as Prometheus
    std::size_t samples_max = 5'000'000;           // loaded, made by subqueries, and returned
    std::uint64_t work_max = 1'000'000'000;        // samples looked at, at all steps
    std::size_t label_bytes_max = 64 * 1024;       // of one series that label functions make
    std::size_t made_label_bytes_max = 64UL << 20; // of all of them together
    std::int64_t subquery_step_ms = 60'000;        // of a subquery that names none
};

} // namespace opsmon::promql
