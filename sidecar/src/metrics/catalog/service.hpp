#pragma once
// This component is the part of the catalog for the services: probes, and what their own logs say.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kServiceMetrics = std::to_array<MetricSpec>({
    {"service_health_status", Kind::Gauge, "service", "", {"service"},
     "1 when the last probe was answered with 2xx or 3xx in time, else 0."},
    {"service_response_time_seconds", Kind::Histogram, "service", "seconds",
     {"service", "endpoint"},
     "Time until a probe was answered or failed; failures and time-outs count too."},
});
// clang-format on

} // namespace opsmon::metrics
