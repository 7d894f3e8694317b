#include "postgres/queries.hpp"

#include "postgres/consumer_queries.hpp"
#include "postgres/guard_queries.hpp"
#include "postgres/live_queries.hpp"
#include "postgres/read_rows.hpp"

namespace opsmon::postgres {
namespace {

enum ResultIndex : std::size_t {
    kServer,
    kStatus,
    kSlots,
    kSenders,
    kWal,
    kVolumes,
    kActivity,
    kGuard,
    kLive = kGuard + kGuardResults,
    kConsumers = kLive + kLiveResults
};

constexpr const char* kServerSql = R"sql(
SELECT current_setting('server_version'), current_database(), pg_is_in_recovery(),
       extract(epoch FROM clock_timestamp()), extract(epoch FROM pg_postmaster_start_time()),
       current_setting('max_connections'),
       (SELECT e.extversion FROM pg_extension e
          JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                          AND d.classid = 'pg_namespace'::regclass AND d.deptype = 'e'
          JOIN pg_namespace n ON n.oid = d.objid AND n.nspname = 'opsmon'
         WHERE e.extname = 'opsmon'),
       pg_backend_pid(), host(inet_server_addr())
LIMIT 1;)sql";

ServerRow read_server_row(Cells& cells) {
    ServerRow row;
    row.version = cells.text_or_empty();
    row.database = cells.text_or_empty();
    row.in_recovery = cells.needed_bool();
    row.now = cells.needed_number();
    row.start_time = cells.needed_number();
    row.max_connections = cells.needed_number();
    row.extension_version = cells.text();
    row.backend_pid = cells.number();
    row.server_address = cells.text();
    return row;
}

// Not opsmon.status: that reads opsmon.consumers, which somebody may have locked.
constexpr const char* kStatusSql = R"sql(
SELECT timeline,
       extract(epoch FROM guard_interval), extract(epoch FROM guard_sampled_at),
       extract(epoch FROM guard_age), guard_ticks, guard_failures, guard_last_error,
       extract(epoch FROM sample_interval), extract(epoch FROM sampler_sampled_at),
       extract(epoch FROM sampler_age), sampler_ticks, sampler_failures, sampler_last_error,
       recorder, recorder_failures, slots_omitted, senders_omitted, activity_groups_omitted,
       library_version
FROM opsmon.live_status() LIMIT 1;)sql";

WorkerFacts read_worker(Cells& cells) {
    WorkerFacts facts;
    facts.interval = cells.number();
    facts.sampled_at = cells.number();
    facts.age = cells.number();
    facts.ticks = cells.number();
    facts.failures = cells.number();
    facts.last_error = cells.text();
    return facts;
}

StatusRow read_status_row(Cells& cells) {
    StatusRow row;
    row.timeline = cells.number();
    row.guard = read_worker(cells);
    row.sampler = read_worker(cells);
    row.recorder = cells.text();
    row.recorder_failures = cells.number();
    row.slots_omitted = cells.number();
    row.senders_omitted = cells.number();
    row.activity_groups_omitted = cells.number();
    row.library_version = cells.text();
    return row;
}

// All that the extension keeps, those first that matter most.
constexpr const char* kSlotsSql = R"sql(
SELECT slot_name, slot_type, active, wal_status, safe_wal_size, retained_bytes,
       extract(epoch FROM last_active_at), extract(epoch FROM inactive_since),
       extract(epoch FROM last_progress_at), wal_since_progress_bytes
FROM opsmon.slots ORDER BY retained_bytes DESC NULLS FIRST, slot_name LIMIT 1024;)sql";

SlotRow read_slot_row(Cells& cells) {
    SlotRow row;
    row.slot_name = cells.text_or_empty();
    row.slot_type = cells.text_or_empty();
    row.active = cells.needed_bool();
    row.wal_status = cells.text();
    row.safe_wal_bytes = cells.number();
    row.retained_bytes = cells.number();
    row.last_active_at = cells.number();
    row.inactive_since = cells.number();
    row.last_progress_at = cells.number();
    row.wal_since_progress_bytes = cells.number();
    return row;
}

constexpr const char* kSendersSql = R"sql(
SELECT pid, consumer, application_name, host(client_addr), slot_name, state, sync_state,
       extract(epoch FROM backend_start), lag_bytes, unsent_bytes,
       extract(epoch FROM write_lag), extract(epoch FROM flush_lag),
       extract(epoch FROM replay_lag), extract(epoch FROM reply_time),
       extract(epoch FROM reply_age)
FROM opsmon.replication ORDER BY backend_start, pid LIMIT 1000;)sql";

SenderRow read_sender_row(Cells& cells) {
    SenderRow row;
    row.pid = cells.needed_number();
    row.consumer = cells.text_or_empty();
    row.application_name = cells.text_or_empty();
    row.client_address = cells.text_or_empty();
    row.slot_name = cells.text_or_empty();
    row.state = cells.text_or_empty();
    row.sync_state = cells.text_or_empty();
    row.backend_start = cells.number();
    row.lag_bytes = cells.number();
    row.unsent_bytes = cells.number();
    row.write_lag = cells.number();
    row.flush_lag = cells.number();
    row.replay_lag = cells.number();
    row.reply_time = cells.number();
    row.reply_age = cells.number();
    return row;
}

constexpr const char* kWalSql = R"sql(
SELECT current_lsn - '0/0'::pg_lsn, segment_bytes, directory_bytes, directory_files,
       recycled_bytes, archived_count, extract(epoch FROM last_archived_at), failed_count,
       extract(epoch FROM last_failed_at)
FROM opsmon.wal LIMIT 1;)sql";

WalRow read_wal_row(Cells& cells) {
    WalRow row;
    row.current_lsn_bytes = cells.number();
    row.segment_bytes = cells.number();
    row.directory_bytes = cells.number();
    row.directory_files = cells.number();
    row.recycled_bytes = cells.number();
    row.archived_count = cells.number();
    row.last_archived_at = cells.number();
    row.failed_count = cells.number();
    row.last_failed_at = cells.number();
    return row;
}

// Data on the WAL's volume follow its verdict: said once, of the WAL.
constexpr const char* kVolumesSql = R"sql(
SELECT coalesce(v.volume, g.volume), coalesce(v.size_bytes, g.size_bytes), v.free_bytes,
       v.free_inodes, g.usable_bytes, g.rung_number,
       extract(epoch FROM least(g.full_in, g.full_in_trend)), v.path, v.device
FROM opsmon.volumes v
FULL JOIN (SELECT a.* FROM opsmon.guard a WHERE a.mode <> 'off'
              AND (a.volume <> 'data' OR (SELECT count(DISTINCT d.device) > 1
                                          FROM opsmon.volumes d
                                          WHERE d.volume IN ('wal', 'data')))) g
       ON g.volume = v.volume
ORDER BY 1 LIMIT 100;)sql";

VolumeRow read_volume_row(Cells& cells) {
    VolumeRow row;
    row.volume = cells.text_or_empty();
    row.size_bytes = cells.number();
    row.free_bytes = cells.number();
    row.free_inodes = cells.number();
    row.usable_bytes = cells.number();
    row.rung = cells.number();
    row.full_in = cells.number();
    row.path = cells.text();
    row.device = cells.number();
    return row;
}

constexpr const char* kActivitySql = R"sql(
SELECT state, sessions FROM opsmon.connections ORDER BY state LIMIT 100;)sql";

ActivityRow read_activity_row(Cells& cells) {
    ActivityRow row;
    row.state = cells.text();
    row.sessions = cells.needed_number();
    return row;
}

} // namespace

std::string session_sql(const SessionLimits& limits) {
    return "SET application_name = 'opsmon-sidecar'; SET client_encoding = 'UTF8'; "
           "SET search_path = pg_catalog; SET default_transaction_read_only = on; SET jit = off; "
           "SET idle_session_timeout = 0; SET statement_timeout = " +
           std::to_string(limits.statement_timeout.count()) +
           "; SET lock_timeout = " + std::to_string(limits.lock_timeout.count()) + ';';
}

const std::string& server_sql() {
    static const std::string sql = kServerSql;
    return sql;
}

const std::string& extension_sql() {
    static const std::string sql = std::string(kStatusSql) + kSlotsSql + kSendersSql + kWalSql +
                                   kVolumesSql + kActivitySql + guard_sql() + live_sql() +
                                   consumer_sql();
    return sql;
}

Result<ServerRow> read_server(const Answer& answer) {
    auto rows = read_rows(answer, kServer, "the server", read_server_row);
    if (!rows) {
        return rows.error();
    }
    if (rows->size() != 1) {
        return Error{"the server answered with no row about itself"};
    }
    return std::move(rows->front());
}

Result<ExtensionRows> read_extension(const Answer& answer) {
    ExtensionRows out;
    Result<void> failed;
    std::vector<StatusRow> status;
    take_rows(status, read_rows(answer, kStatus, "opsmon.status", read_status_row), failed);
    take_rows(out.slots, read_rows(answer, kSlots, "opsmon.slots", read_slot_row), failed);
    take_rows(out.senders, read_rows(answer, kSenders, "opsmon.replication", read_sender_row),
              failed);
    take_rows(out.wal, read_rows(answer, kWal, "opsmon.wal", read_wal_row), failed);
    take_rows(out.volumes, read_rows(answer, kVolumes, "opsmon.volumes", read_volume_row), failed);
    take_rows(out.activity, read_rows(answer, kActivity, "opsmon.connections", read_activity_row),
              failed);
    read_guard_rows(answer, kGuard, out.guard, failed);
    if (!failed) {
        return failed.error();
    }
    out.live = read_live_rows(answer, kLive);
    out.consumers = read_consumer_rows(answer, kConsumers);
    if (status.size() != 1) {
        return Error{"opsmon.status has no row; is opsmon in shared_preload_libraries?"};
    }
    out.status = std::move(status.front());
    return out;
}

} // namespace opsmon::postgres
