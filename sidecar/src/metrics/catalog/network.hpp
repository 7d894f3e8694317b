#pragma once
// This component is the part of the catalog for the network: interfaces, TCP, who talks to us.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kNetworkMetrics = std::to_array<MetricSpec>({
    {"network_bytes_received_total", Kind::Counter, "network", "bytes", {"interface", "type"},
     "Bytes received by the interface; type is public or private."},
    {"network_bytes_sent_total", Kind::Counter, "network", "bytes", {"interface", "type"},
     "Bytes sent by the interface; type is public or private."},
});
// clang-format on

} // namespace opsmon::metrics
