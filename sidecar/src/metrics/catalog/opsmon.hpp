#pragma once
// This component is the part of the catalog for the sidecar itself.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kOpsmonMetrics = std::to_array<MetricSpec>({
    {"opsmon_build_info", Kind::Gauge, "opsmon", "", {"version"},
     "Always 1; the version of the sidecar."},
    {"opsmon_collector_success", Kind::Gauge, "opsmon", "", {"collector"},
     "1 when the last cycle of the collector succeeded and is recent, else 0."},
    {"opsmon_collector_duration_seconds", Kind::Gauge, "opsmon", "seconds", {"collector"},
     "How long the last cycle of the collector took."},
    {"opsmon_collector_last_success_timestamp_seconds", Kind::Gauge, "opsmon", "seconds",
     {"collector"},
     "When the collector last succeeded, as Unix time."},
    {"opsmon_config_last_reload_successful", Kind::Gauge, "opsmon", "", {},
     "1 when the configuration files, as last read, were valid, else 0: then the one before is "
     "in use."},
    {"opsmon_config_last_reload_success_timestamp_seconds", Kind::Gauge, "opsmon", "seconds", {},
     "When the configuration in use was read, as Unix time."},
    {"opsmon_series_dropped_total", Kind::Counter, "opsmon", "", {"reason"},
     "Series left out because they were a duplicate or beyond the limit of their collector or "
     "of the history."},
    {"opsmon_history_series", Kind::Gauge, "opsmon", "", {},
     "Series in the history that rules read."},
    {"opsmon_history_samples", Kind::Gauge, "opsmon", "", {},
     "Samples of these series that are kept, stale markers included."},
    {"opsmon_history_bytes", Kind::Gauge, "opsmon", "bytes", {},
     "Memory that the history has allocated: samples, labels and index."},
    {"opsmon_history_limit_bytes", Kind::Gauge, "opsmon", "bytes", {},
     "What it may use (history.max_memory); from there on the oldest samples go first."},
    {"opsmon_history_reach_seconds", Kind::Gauge, "opsmon", "seconds", {},
     "Age of the oldest samples that rules see: history.window at most, less after a start and "
     "when the memory was used up."},
    {"opsmon_history_samples_dropped_total", Kind::Counter, "opsmon", "", {},
     "Samples that were given up before their time because the memory was used up."},
    {"opsmon_rule_evaluation_failures_total", Kind::Counter, "opsmon", "", {},
     "Evaluations of alert rules that failed."},
    {"opsmon_alerts", Kind::Gauge, "opsmon", "", {"state"},
     "Alerts that are pending or firing."},
    {"opsmon_notifications_total", Kind::Counter, "opsmon", "",
     {"receiver", "integration", "outcome"},
     "Notifications by receiver, its integration (slack/0) and outcome: sent, failed (refused) or "
     "dropped."},
    {"opsmon_notification_requests_total", Kind::Counter, "opsmon", "",
     {"receiver", "integration"},
     "Attempts to deliver a notification."},
    {"opsmon_notification_requests_failed_total", Kind::Counter, "opsmon", "",
     {"receiver", "integration", "reason"},
     "Attempts that failed: refused (somebody has to act), rate_limited (429 or 503 that said for "
     "how long), or unavailable (no answer, or a server's error)."},
    {"opsmon_notification_latency_seconds", Kind::Histogram, "opsmon", "seconds", {"receiver"},
     "How long attempts to deliver a notification took, failed ones too."},
    {"opsmon_notification_queue_length", Kind::Gauge, "opsmon", "", {},
     "Notifications that wait to be sent."},
    {"opsmon_notification_state_kept", Kind::Gauge, "opsmon", "", {},
     "1 while what receivers were told, and silences, are in the store before a message leaves, 0 "
     "while messages leave without; absent without storage.path."},
    {"opsmon_store_up", Kind::Gauge, "opsmon", "", {},
     "1 while what must survive a restart can be kept in storage.path, else 0; absent without "
     "storage.path."},
    {"opsmon_store_bytes", Kind::Gauge, "opsmon", "bytes", {},
     "What the database in storage.path takes on the disk, its log of changes (-wal) included."},
    {"process_cpu_seconds_total", Kind::Counter, "opsmon", "seconds", {},
     "CPU time that the sidecar has used, user and system."},
    {"process_resident_memory_bytes", Kind::Gauge, "opsmon", "bytes", {},
     "Resident memory of the sidecar."},
    {"process_start_time_seconds", Kind::Gauge, "opsmon", "seconds", {},
     "When the sidecar started, as Unix time."},
    {"process_open_fds", Kind::Gauge, "opsmon", "", {},
     "File descriptors that the sidecar has open."},
});
// clang-format on

} // namespace opsmon::metrics
