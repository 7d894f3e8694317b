// The SQL functions behind the live views: each copies what a worker has published and turns it
// into rows. They take no lock, read no table and change nothing, so they answer on a standby, with
// a full disk, and while a worker is stuck (the age of the data then says so).

#include "postgres/gucs.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"
#include "postgres/volume_place.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "utils/builtins.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_slots);
PG_FUNCTION_INFO_V1(opsmon_live_volumes);
PG_FUNCTION_INFO_V1(opsmon_live_wal_position);
PG_FUNCTION_INFO_V1(opsmon_live_wal_directory);
PG_FUNCTION_INFO_V1(opsmon_live_replication);
PG_FUNCTION_INFO_V1(opsmon_live_activity);
PG_FUNCTION_INFO_V1(opsmon_live_connections);
PG_FUNCTION_INFO_V1(opsmon_live_workers);
PG_FUNCTION_INFO_V1(opsmon_live_recorder);
PG_FUNCTION_INFO_V1(opsmon_library_version);
}

namespace opsmon {
namespace {

const char* name_of(core::SlotWal wal) {
    switch (wal) {
    case core::SlotWal::NeverReserved:
        return nullptr;
    case core::SlotWal::Reserved:
        return "reserved";
    case core::SlotWal::Extended:
        return "extended";
    case core::SlotWal::Unreserved:
        return "unreserved";
    case core::SlotWal::Lost:
        return "lost";
    }
    return nullptr;
}

void slot_row(Rows& rows, const core::Slot& slot, core::Lsn current, core::TimeUs sampled_at) {
    rows.text(slot.name.bytes)
        .text(slot.logical ? "logical" : "physical")
        .text_or_null(slot.plugin.bytes)
        .oid(slot.database_oid)
        .boolean(slot.lifetime == core::SlotLifetime::Temporary)
        .boolean(slot.two_phase)
        .boolean(slot.active_pid != 0)
        .int4_or_null(slot.active_pid)
        .xid(slot.xmin)
        .xid(slot.catalog_xmin)
        .lsn(slot.restart_lsn)
        .lsn(slot.confirmed_flush_lsn)
        .text_or_null(name_of(slot.wal))
        .signed_int8(slot.safe_wal_bytes)
        .text_or_null(slot.invalidation_reason.bytes)
        .int8(core::retained_bytes(slot, current))
        .int8(core::unconfirmed_bytes(slot, current))
        .time(slot.last_active_at)
        .time(slot.inactive_since)
        .time(slot.last_progress_at)
        .int8(core::wal_since_progress_bytes(slot, current))
        .time(sampled_at)
        .end_row();
}

// It looks whenever it is woken, and this often in any case.
constexpr int kReclaimerIntervalMs = 1'000;

void sender_row(Rows& rows, const core::Sender& sender, const core::SamplerSample& sample) {
    rows.int4(sender.pid)
        .text_or_null(sender.slot_name.empty() ? sender.application_name.bytes
                                               : sender.slot_name.bytes)
        .text_or_null(sender.application_name.bytes)
        .text_or_null(sender.username.bytes)
        .text_or_null(sender.client_addr.bytes)
        .int4_or_null(sender.client_addr.empty() ? 0 : sender.client_port)
        .text_or_null(sender.slot_name.bytes)
        .text_or_null(sender.state.bytes)
        .text_or_null(sender.sync_state.bytes)
        .int4(sender.sync_priority)
        .lsn(sender.sent_lsn)
        .lsn(sender.write_lsn)
        .lsn(sender.flush_lsn)
        .lsn(sender.replay_lsn)
        .int8(core::lag_bytes(sample.current_lsn, sender.replay_lsn))
        .int8(core::lag_bytes(sample.current_lsn, sender.sent_lsn))
        .interval_us(sender.write_lag_us)
        .interval_us(sender.flush_lag_us)
        .interval_us(sender.replay_lag_us)
        .time(sender.reply_at)
        .time(sender.backend_start_at)
        .time(sample.sampled_at)
        .end_row();
}

void worker_row(Rows& rows, const char* name, const core::Published<core::WorkerStatus>& published,
                int interval_ms, core::TimeUs sampled_at) {
    const core::WorkerStatus* status = copy_of(published);
    if (status == nullptr) {
        return;
    }
    rows.text(name)
        .int4(status->pid)
        .interval_us(static_cast<std::int64_t>(interval_ms) * 1000)
        .int8(status->ticks)
        .int8(status->failures)
        .text_or_null(status->last_error.bytes)
        .time(status->started_at)
        .time(status->last_tick_at)
        .time(sampled_at)
        .end_row();
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_live_slots(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::GuardSample* sample = copy_of(shmem::state()->guard)) {
        const core::Lsn current = core::current_lsn(sample->wal);
        for (std::uint32_t i = 0; i < sample->slot_count; ++i) {
            slot_row(rows, sample->slots[i], current, sample->slots_sampled_at);
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_volumes(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    const core::GuardSample* sample = copy_of(shmem::state()->guard);
    if (sample == nullptr) {
        return static_cast<Datum>(0);
    }
    for (std::uint32_t i = 0; i < sample->volume_count; ++i) {
        const core::Volume& volume = sample->volumes[i];
        rows.text(volume_name(volume)).text(volume_path(volume));
        if (volume.known) {
            rows.signed_int8(core::to_signed(volume.device))
                .int8(volume.size_bytes)
                .int8(volume.free_bytes);
        } else {
            rows.null().null().null();
        }
        if (volume.known && volume.counts_inodes) {
            rows.int8(volume.total_inodes).int8(volume.free_inodes);
        } else {
            rows.null().null();
        }
        rows.boolean(volume.read_only)
            .text_or_null(volume.known ? nullptr
                          : volume.error_number != 0
                              ? pg_strerror(volume.error_number)
                              : "the file system reports figures that contradict each other")
            .time(sample->sampled_at)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_wal_position(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::GuardSample* sample = copy_of(shmem::state()->guard)) {
        const core::WalPosition& wal = sample->wal;
        rows.boolean(wal.in_recovery)
            .int8(wal.timeline)
            .lsn(core::current_lsn(wal))
            .lsn(wal.insert_lsn)
            .lsn(wal.flush_lsn)
            .lsn(wal.receive_lsn)
            .lsn(wal.replay_lsn)
            .lsn(wal.redo_lsn)
            .int8(wal.segment_bytes)
            .int4(static_cast<std::int32_t>(sample->slots_omitted))
            .time(sample->sampled_at)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_wal_directory(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::SamplerSample* sample = copy_of(shmem::state()->sampler)) {
        const core::WalDirectory& directory = sample->wal_directory;
        const core::Archiver& archiver = sample->archiver;
        rows.int8(directory.bytes)
            .int4(static_cast<std::int32_t>(directory.files))
            .int8(directory.recycled_bytes)
            .int4(static_cast<std::int32_t>(directory.recycled_files))
            .text_or_null(directory.oldest_segment.bytes)
            .signed_int8(archiver.archived_count)
            .text_or_null(archiver.last_archived_wal.bytes)
            .time(archiver.last_archived_at)
            .signed_int8(archiver.failed_count)
            .text_or_null(archiver.last_failed_wal.bytes)
            .time(archiver.last_failed_at)
            .time(archiver.stats_reset_at)
            .int4(static_cast<std::int32_t>(sample->senders_omitted))
            .int4(static_cast<std::int32_t>(sample->activity_groups_omitted))
            .time(sample->sampled_at)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_replication(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::SamplerSample* sample = copy_of(shmem::state()->sampler)) {
        for (std::uint32_t i = 0; i < sample->sender_count; ++i) {
            sender_row(rows, sample->senders[i], *sample);
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_activity(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::SamplerSample* sample = copy_of(shmem::state()->sampler)) {
        for (std::uint32_t i = 0; i < sample->activity_group_count; ++i) {
            const core::ActivityGroup& group = sample->activity_groups[i];
            rows.text_or_null(group.database.bytes)
                .text_or_null(group.username.bytes)
                .text_or_null(group.application_name.bytes)
                .text_or_null(group.backend_type.bytes)
                .text_or_null(group.state.bytes)
                .text_or_null(group.wait_event_type.bytes)
                .text_or_null(group.wait_event.bytes)
                .int4(group.sessions)
                .time(group.oldest_xact_at)
                .time(sample->sampled_at)
                .end_row();
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_connections(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::SamplerSample* sample = copy_of(shmem::state()->sampler)) {
        for (std::uint32_t i = 0; i < sample->state_count; ++i) {
            rows.text_or_null(sample->states[i].state.bytes)
                .int4(sample->states[i].sessions)
                .time(sample->sampled_at)
                .end_row();
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_workers(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    const SharedState& state = *shmem::state();
    const core::GuardSample* guard = copy_of(state.guard);
    const core::SamplerSample* sampler = copy_of(state.sampler);
    worker_row(rows, "guard", state.guard_status, gucs::guard_interval_ms,
               guard != nullptr ? guard->slots_sampled_at : 0); // its oldest part
    worker_row(rows, "reclaimer", state.reclaimer_status, kReclaimerIntervalMs, 0);
    worker_row(rows, "sampler", state.sampler_status, gucs::sample_interval_ms,
               sampler != nullptr ? sampler->sampled_at : 0);
    return static_cast<Datum>(0);
}

Datum opsmon_live_recorder(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::RecorderStatus* status = copy_of(shmem::state()->recorder)) {
        rows.text(core::name_of(status->state))
            .int8(status->failures)
            .text_or_null(status->last_error.bytes)
            .time(status->last_recorded_at)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_library_version(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    return CStringGetTextDatum(OPSMON_VERSION);
}
