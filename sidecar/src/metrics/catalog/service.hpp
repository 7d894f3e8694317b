#pragma once
// This component is the part of the catalog for the services: probes, and what their own logs say.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kServiceMetrics = std::to_array<MetricSpec>({
    {"service_health_status", Kind::Gauge, "service", "", {"service"},
     "1 when the last probe found in time all that is expected, else 0."},
    {"service_response_time_seconds", Kind::Histogram, "service", "seconds",
     {"service", "endpoint"},
     "Time until a probe was answered or failed; failures and time-outs count too."},
    {"service_probe_phase_seconds", Kind::Gauge, "service", "seconds", {"service", "phase"},
     "Time the last probe spent in a phase: resolve, connect, tls, first_byte, transfer. Absent "
     "where it did not come so far."},
    {"service_http_status", Kind::Gauge, "service", "", {"service"},
     "HTTP status of the last answer; absent when the last probe got none."},
    {"service_probe_failures_total", Kind::Counter, "service", "", {"service", "reason"},
     "Failed probes by reason, from a closed list; a reason appears with its first failure."},
    {"service_tls_expiry_timestamp_seconds", Kind::Gauge, "service", "seconds", {"service"},
     "When the first certificate of the chain the server presented expires, trusted or not."},
    {"service_last_success_timestamp_seconds", Kind::Gauge, "service", "seconds", {"service"},
     "When a probe last succeeded; absent before the first success since the sidecar started."},
    {"service_systemd_unit_state", Kind::Gauge, "service", "", {"service", "state"},
     "1 for the state the unit was in at the last probe (active, reloading, inactive, failed, "
     "activating, deactivating, maintenance, refreshing), 0 for the others."},
});
// clang-format on

} // namespace opsmon::metrics
