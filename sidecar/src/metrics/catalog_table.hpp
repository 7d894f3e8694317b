#pragma once
// This component is the table of the catalog: every metric of opsmon, once, in the order of
// /metrics. metrics/catalog.hpp looks things up in it. The names of the host, the services, the
// lag, the WAL size and the connections are those that users have deployed: they stay letter for
// letter.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kCatalog = std::to_array<MetricSpec>({
    // The host.
    {"system_cpu_usage_percent", Kind::Gauge, "cpu", "percent", {},
     "Share of CPU time that was not idle since the cycle before, all cores together, 0 to "
     "100."},
    {"system_memory_usage_percent", Kind::Gauge, "memory", "percent", {},
     "Share of memory that is not available without swapping, 0 to 100."},
    {"system_disk_usage_percent", Kind::Gauge, "disk", "percent", {"mount_point"},
     "Used share of the space that an unprivileged process may use, as df shows it, 0 to 100."},
    {"network_bytes_received_total", Kind::Counter, "network", "bytes", {"interface", "type"},
     "Bytes received by the interface; type is public or private."},
    {"network_bytes_sent_total", Kind::Counter, "network", "bytes", {"interface", "type"},
     "Bytes sent by the interface; type is public or private."},

    // Services.
    {"service_health_status", Kind::Gauge, "service", "", {"service"},
     "1 when the last probe was answered with 2xx or 3xx in time, else 0."},
    {"service_response_time_seconds", Kind::Histogram, "service", "seconds",
     {"service", "endpoint"},
     "Time until a probe was answered or failed; failures and time-outs count too."},

    // PostgreSQL: the connection, and what one query tells.
    {"postgresql_up", Kind::Gauge, "postgresql", "", {},
     "1 when the server answered a query in this cycle, else 0."},
    {"postgresql_info", Kind::Gauge, "postgresql", "", {"server_version", "opsmon_version", "role"},
     "Always 1; the versions, and whether the server is a primary or a standby."},
    {"postgresql_in_recovery", Kind::Gauge, "postgresql", "", {},
     "1 on a standby, 0 on a primary."},
    {"postgresql_timeline", Kind::Gauge, "postgresql", "", {},
     "The timeline of the server; it grows by one with each promotion."},
    {"postgresql_start_time_seconds", Kind::Gauge, "postgresql", "seconds", {},
     "When the server started, as Unix time."},
    {"postgresql_max_connections", Kind::Gauge, "postgresql", "", {},
     "The setting max_connections."},

    // PostgreSQL: what the guard senses.
    {"postgresql_wal_written_bytes_total", Kind::Counter, "postgresql_guard", "bytes", {},
     "WAL written by this primary since its cluster was made: its current LSN as bytes."},
    {"postgresql_wal_segment_size_bytes", Kind::Gauge, "postgresql_guard", "bytes", {},
     "Size of one WAL segment."},
    {"postgresql_slot_active", Kind::Gauge, "postgresql_guard", "", {"slot_name", "slot_type"},
     "1 when a consumer is connected to the slot, else 0."},
    {"postgresql_slot_lost", Kind::Gauge, "postgresql_guard", "", {"slot_name", "slot_type"},
     "1 when the server has already removed WAL that the slot needs, else 0."},
    {"postgresql_slot_retained_bytes", Kind::Gauge, "postgresql_guard", "bytes",
     {"slot_name", "slot_type"},
     "WAL that the slot keeps from being removed; absent when it is lost or never reserved "
     "any."},
    {"postgresql_slot_safe_wal_bytes", Kind::Gauge, "postgresql_guard", "bytes",
     {"slot_name", "slot_type"},
     "WAL that can still be written before the slot may be lost; absent without "
     "max_slot_wal_keep_size."},
    {"postgresql_slot_last_active_timestamp_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {"slot_name", "slot_type"},
     "When a consumer was last seen connected, as Unix time; absent when none was since the "
     "server started."},
    {"postgresql_slot_inactive_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {"slot_name", "slot_type"},
     "How long the slot has had no consumer; absent while it has one."},
    {"postgresql_slot_inactive_since_timestamp_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {"slot_name", "slot_type"},
     "Since when the slot has had no consumer, as Unix time; absent while it has one."},
    {"postgresql_slot_last_progress_timestamp_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {"slot_name", "slot_type"},
     "When the slot last let go of WAL, as Unix time."},
    {"postgresql_slot_wal_since_progress_bytes", Kind::Gauge, "postgresql_guard", "bytes",
     {"slot_name", "slot_type"},
     "WAL written since the slot last let go of any."},
    {"postgresql_volume_size_bytes", Kind::Gauge, "postgresql_guard", "bytes", {"volume"},
     "Size of the file system that holds the WAL or the data."},
    {"postgresql_volume_free_bytes", Kind::Gauge, "postgresql_guard", "bytes", {"volume"},
     "Bytes that the server can still write on that file system."},
    {"postgresql_volume_free_inodes", Kind::Gauge, "postgresql_guard", "", {"volume"},
     "Files that can still be made on that file system."},
    {"postgresql_volume_usable_bytes", Kind::Gauge, "postgresql_guard", "bytes", {"volume"},
     "Free bytes, and for the WAL also the segments that exist and will be written again."},
    {"postgresql_volume_full_in_seconds", Kind::Gauge, "postgresql_guard", "seconds", {"volume"},
     "Time until only what the guard's fence needs is left, by the earlier of two forecasts; "
     "absent when that is not in sight."},
    {"postgresql_guard_rung", Kind::Gauge, "postgresql_guard", "", {"volume"},
     "How alarmed the guard is: 0 calm, 1 watch, 2 relieve, 3 evict, 4 fence, 5 rescue; absent "
     "when it is off."},

    // PostgreSQL: what the sampler reads.
    {"postgresql_replication_lag_bytes", Kind::Gauge, "postgresql_sampler", "bytes", {"slave"},
     "WAL that the standby has not replayed yet, against the current end of the WAL."},
    {"postgresql_replication_unsent_bytes", Kind::Gauge, "postgresql_sampler", "bytes", {"slave"},
     "WAL that has not been sent to the standby yet."},
    {"postgresql_replication_write_lag_seconds", Kind::Gauge, "postgresql_sampler", "seconds",
     {"slave"},
     "Time from a local flush until the standby had written it; absent when it has not replied "
     "for a minute."},
    {"postgresql_replication_flush_lag_seconds", Kind::Gauge, "postgresql_sampler", "seconds",
     {"slave"},
     "Time from a local flush until the standby had flushed it; absent when it has not replied "
     "for a minute."},
    {"postgresql_replication_replay_lag_seconds", Kind::Gauge, "postgresql_sampler", "seconds",
     {"slave"},
     "Time from a local flush until the standby had replayed it; absent when it has not "
     "replied for a minute."},
    {"postgresql_replication_reply_timestamp_seconds", Kind::Gauge, "postgresql_sampler", "seconds",
     {"slave"},
     "When the standby last replied, by its own clock, as Unix time."},
    {"postgresql_replication_info", Kind::Gauge, "postgresql_sampler", "",
     {"slave", "consumer", "application_name", "slot_name", "state", "sync_state"},
     "Always 1; who a standby is and how it is connected."},
    {"postgresql_wal_size_bytes", Kind::Gauge, "postgresql_sampler", "bytes", {},
     "Bytes in the WAL directory."},
    {"postgresql_wal_files", Kind::Gauge, "postgresql_sampler", "", {},
     "WAL segments in the WAL directory."},
    {"postgresql_wal_recycled_bytes", Kind::Gauge, "postgresql_sampler", "bytes", {},
     "Part of the WAL directory that is segments kept for reuse."},
    {"postgresql_archiver_archived_total", Kind::Counter, "postgresql_sampler", "", {},
     "WAL files archived since the statistics were reset."},
    {"postgresql_archiver_failed_total", Kind::Counter, "postgresql_sampler", "", {},
     "Failed attempts to archive a WAL file since the statistics were reset."},
    {"postgresql_archiver_last_archived_timestamp_seconds", Kind::Gauge, "postgresql_sampler",
     "seconds", {},
     "When a WAL file was last archived, as Unix time."},
    {"postgresql_archiver_last_failed_timestamp_seconds", Kind::Gauge, "postgresql_sampler",
     "seconds", {},
     "When archiving a WAL file last failed, as Unix time."},
    {"postgresql_connections", Kind::Gauge, "postgresql_sampler", "", {"state"},
     "Backends by state; null for those without one, such as background processes."},

    // opsmon in the server.
    {"opsmon_guard_ticks_total", Kind::Counter, "postgresql", "", {},
     "Rounds of the guard worker since the server started."},
    {"opsmon_guard_failures_total", Kind::Counter, "postgresql", "", {},
     "Rounds of the guard worker that failed."},
    {"opsmon_guard_last_tick_timestamp_seconds", Kind::Gauge, "postgresql", "seconds", {},
     "When the guard worker last published what it sensed, as Unix time."},
    {"opsmon_sampler_ticks_total", Kind::Counter, "postgresql", "", {},
     "Rounds of the sampler worker since the server started."},
    {"opsmon_sampler_failures_total", Kind::Counter, "postgresql", "", {},
     "Rounds of the sampler worker that failed."},
    {"opsmon_sampler_last_tick_timestamp_seconds", Kind::Gauge, "postgresql", "seconds", {},
     "When the sampler worker last published what it read, as Unix time."},
    {"opsmon_recorder_failures_total", Kind::Counter, "postgresql", "", {},
     "Failed attempts to write the history tables."},
    {"opsmon_recorder_state", Kind::Gauge, "postgresql", "", {"state"},
     "Always 1; what the recorder of the history tables is doing."},
    {"opsmon_omitted_rows", Kind::Gauge, "postgresql", "", {"kind"},
     "Rows that did not fit and are shown nowhere: slots, senders or activity groups."},

    // The sidecar itself.
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
    {"opsmon_rule_evaluation_failures_total", Kind::Counter, "opsmon", "", {},
     "Evaluations of alert rules that failed."},
    {"opsmon_alerts", Kind::Gauge, "opsmon", "", {"state"},
     "Alerts that are pending or firing."},
    {"opsmon_notifications_total", Kind::Counter, "opsmon", "", {"receiver", "outcome"},
     "Notifications by receiver and outcome: sent, failed or dropped."},
    {"opsmon_notification_queue_length", Kind::Gauge, "opsmon", "", {},
     "Notifications that wait to be sent."},
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
