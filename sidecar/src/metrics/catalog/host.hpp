#pragma once
// This component is the part of the catalog for the machine: CPU, memory, disks.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kHostMetrics = std::to_array<MetricSpec>({
    {"system_cpu_usage_percent", Kind::Gauge, "cpu", "percent", {},
     "Share of CPU time that was not idle since the cycle before, all cores together, 0 to "
     "100."},
    {"system_memory_usage_percent", Kind::Gauge, "memory", "percent", {},
     "Share of memory that is not available without swapping, 0 to 100."},
    {"system_disk_usage_percent", Kind::Gauge, "disk", "percent", {"mount_point"},
     "Used share of the space that an unprivileged process may use, as df shows it, 0 to 100."},
});
// clang-format on

} // namespace opsmon::metrics
