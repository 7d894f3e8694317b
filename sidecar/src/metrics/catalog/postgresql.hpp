#pragma once
// This component is the part of the catalog for PostgreSQL and the extension in it.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kPostgresqlMetrics = std::to_array<MetricSpec>({
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
    {"postgresql_volume_size_bytes", Kind::Gauge, "postgresql_volume", "bytes", {"volume"},
     "Size of the file system that holds the WAL, the data, a tablespace (tablespace:<oid>) or the "
     "archive. From the server; while that does not answer, from the sidecar's own look."},
    {"postgresql_volume_free_bytes", Kind::Gauge, "postgresql_volume", "bytes", {"volume"},
     "Bytes that the server can still write on that file system; also while it is down."},
    {"postgresql_volume_free_inodes", Kind::Gauge, "postgresql_volume", "", {"volume"},
     "Files that can still be made on that file system; also while the server is down."},
    {"postgresql_volume_info", Kind::Gauge, "postgresql_volume", "",
     {"volume", "mount_point", "device"},
     "1; says which mount of this machine carries the volume, behind symbolic links. Absent where "
     "it is not certain to be the server's file system."},
    {"postgresql_wal_volume_full", Kind::Gauge, "postgresql_volume", "", {},
     "1 when the WAL volume has less room than two WAL segments, or no inode, else 0; also while "
     "the server is down. Without labels, as postgresql_up, so that both can stand in one rule."},
    {"postgresql_volume_usable_bytes", Kind::Gauge, "postgresql_guard", "bytes", {"volume"},
     "Free bytes, and for the WAL also the segments that exist and will be written again; absent "
     "as the rung is."},
    {"postgresql_volume_full_in_seconds", Kind::Gauge, "postgresql_guard", "seconds", {"volume"},
     "Time until only what the guard's fence needs is left, by the earlier of two forecasts; "
     "absent when that is not in sight."},
    {"postgresql_guard_rung", Kind::Gauge, "postgresql_guard", "", {"volume"},
     "How alarmed the guard is: 0 calm, 1 watch, 2 relieve, 3 evict, 4 fence, 5 rescue; absent "
     "when it is off, and for data that share the WAL's volume."},
    {"postgresql_guard_mode", Kind::Gauge, "postgresql_guard", "", {"mode"},
     "1 for the mode in force, 0 for the others: off, observe (decides and tells) or enforce "
     "(acts)."},
    {"postgresql_guard_suspended", Kind::Gauge, "postgresql_guard", "", {},
     "1 while the guard is suspended by hand and only decides and tells, else 0."},
    {"postgresql_guard_suspended_until_timestamp_seconds", Kind::Gauge, "postgresql_guard",
     "seconds", {},
     "Until when the guard is suspended, as Unix time; absent when it is not."},
    {"postgresql_guard_fence", Kind::Gauge, "postgresql_guard", "", {},
     "What the fence stops: 0 nothing, 1 statements that write, 2 everything not exempt."},
    {"postgresql_guard_fence_by_hand", Kind::Gauge, "postgresql_guard", "", {},
     "1 while somebody holds the fence up by hand, else 0."},
    {"postgresql_guard_fence_since_timestamp_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {},
     "Since when the fence is up, as Unix time; absent while it is down."},
    {"postgresql_guard_refused_statements_total", Kind::Counter, "postgresql_guard", "", {},
     "Statements that the fence refused since the server started."},
    {"postgresql_guard_cancelled_statements_total", Kind::Counter, "postgresql_guard", "", {},
     "Running statements that the fence cancelled since the server started."},
    {"postgresql_guard_held_commits_total", Kind::Counter, "postgresql_guard", "", {},
     "Commits of apply workers that the fence held until it was lifted, since the server "
     "started."},
    {"postgresql_guard_events_total", Kind::Counter, "postgresql_guard", "", {"action", "outcome"},
     "Entries in the guard's ledger since the server started; 0 for what has not happened."},
    {"postgresql_guard_last_event_timestamp_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {"action", "outcome"},
     "When that happened last, as Unix time; absent when it is not among the newest 128 entries."},
    {"postgresql_guard_eviction_timestamp_seconds", Kind::Gauge, "postgresql_guard", "seconds",
     {"slot_name", "outcome"},
     "When the guard last took a consumer's slot (done), could not (failed), or only said that "
     "it would, as Unix time; the newest 20."},
    {"postgresql_guard_eviction_held_bytes", Kind::Gauge, "postgresql_guard", "bytes",
     {"slot_name", "outcome"},
     "WAL that was held when the guard did so."},
    {"postgresql_guard_next_victim_bytes", Kind::Gauge, "postgresql_guard", "bytes",
     {"slot_name"},
     "Whom the guard would take first if it had to now, and the WAL that frees; absent when it "
     "would take nobody."},
    {"postgresql_guard_ballast_bytes", Kind::Gauge, "postgresql_guard", "bytes", {"volume"},
     "Room that the guard keeps to give away in need; 0 when there is none and the settings ask "
     "for one."},
    {"postgresql_guard_policies_loaded_timestamp_seconds", Kind::Gauge, "postgresql_guard",
     "seconds", {},
     "When the guard was last told what may be done to which consumer, as Unix time; without it "
     "nobody is taken."},
    {"postgresql_guard_archiver_stuck", Kind::Gauge, "postgresql_guard", "", {},
     "1 when WAL is written but none was archived for long, else 0."},
    {"postgresql_wal_held_bytes", Kind::Gauge, "postgresql_guard", "bytes", {},
     "How far back the oldest WAL reaches that somebody needs."},
    {"postgresql_wal_holder_bytes", Kind::Gauge, "postgresql_guard", "bytes", {"holder", "name"},
     "WAL that this holder keeps from being removed; the 20 that hold the most. name is a "
     "slot's."},
    {"postgresql_wal_holder_marginal_bytes", Kind::Gauge, "postgresql_guard", "bytes",
     {"holder", "name"},
     "WAL that would be freed if this holder alone were gone."},
    {"postgresql_wal_holders_omitted", Kind::Gauge, "postgresql_guard", "", {},
     "Holders of WAL beyond the 20 that are shown."},

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
    {"opsmon_guard_reports_lost_total", Kind::Counter, "postgresql", "", {},
     "Reports to the guard's ledger that found no room and are in the server's log only."},
    {"opsmon_reclaimer_last_tick_timestamp_seconds", Kind::Gauge, "postgresql", "seconds", {},
     "When the reclaimer worker was last seen between two pieces of work, as Unix time."},
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
     "Rows that did not fit and are shown nowhere: slots, senders, activity groups or policies."},
});
// clang-format on

} // namespace opsmon::metrics
