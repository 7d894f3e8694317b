#include "collect/postgresql/postgresql_report.hpp"

#include <algorithm>

#include "collect/postgresql/postgresql_guard_deeds.hpp"

namespace opsmon::collect {
namespace {

constexpr double kGraceSeconds = 15;

void add_wal(metrics::SampleList& out, const postgres::ServerRow& server,
             const postgres::ExtensionRows& rows) {
    for (const postgres::WalRow& wal : rows.wal) {
        // A standby's position is replayed, not written: counting it would double a promotion.
        if (!server.in_recovery) {
            out.add<"postgresql_wal_written_bytes_total">(wal.current_lsn_bytes);
        }
        out.add<"postgresql_wal_segment_size_bytes">(wal.segment_bytes);
    }
}

void add_volumes(metrics::SampleList& out, const postgres::ExtensionRows& rows) {
    for (const postgres::VolumeRow& volume : rows.volumes) {
        out.add<"postgresql_volume_usable_bytes">(volume.usable_bytes, volume.volume);
        out.add<"postgresql_volume_full_in_seconds">(volume.full_in, volume.volume);
        out.add<"postgresql_guard_rung">(volume.rung, volume.volume);
    }
}

void add_slot(metrics::SampleList& out, const postgres::SlotRow& slot, double now) {
    const std::string& name = slot.slot_name;
    const std::string& type = slot.slot_type;
    out.add<"postgresql_slot_active">(slot.active ? 1 : 0, name, type);
    out.add<"postgresql_slot_lost">(slot.wal_status == "lost" ? 1 : 0, name, type);
    out.add<"postgresql_slot_retained_bytes">(slot.retained_bytes, name, type);
    out.add<"postgresql_slot_safe_wal_bytes">(slot.safe_wal_bytes, name, type);
    out.add<"postgresql_slot_last_active_timestamp_seconds">(slot.last_active_at, name, type);
    if (!slot.active && slot.inactive_since) {
        out.add<"postgresql_slot_inactive_seconds">(std::max(0.0, now - *slot.inactive_since), name,
                                                    type);
        out.add<"postgresql_slot_inactive_since_timestamp_seconds">(slot.inactive_since, name,
                                                                    type);
    }
    out.add<"postgresql_slot_last_progress_timestamp_seconds">(slot.last_progress_at, name, type);
    out.add<"postgresql_slot_wal_since_progress_bytes">(slot.wal_since_progress_bytes, name, type);
}

} // namespace

std::string staleness(const char* worker, const postgres::WorkerFacts& facts) {
    const std::string error = facts.last_error && !facts.last_error->empty()
                                  ? "; its last error: " + *facts.last_error
                                  : "";
    if (!facts.age || !facts.interval) {
        return std::string("the ") + worker + " worker has not published anything yet" + error;
    }
    if (*facts.age > kGraceSeconds + 3 * *facts.interval) {
        // Without the age, which would be another text in every cycle.
        return std::string("the ") + worker + " worker has published nothing new for a while" +
               error + "; look at: SELECT * FROM opsmon.status";
    }
    return {};
}

CollectorReport report_guard(const postgres::ServerRow& server,
                             const postgres::ExtensionRows& extension) {
    CollectorReport report;
    report.collector = "postgresql_guard";
    report.error = staleness("guard", extension.status.guard);
    report.success = report.error.empty();
    if (report.success) {
        add_wal(report.samples, server, extension);
        add_volumes(report.samples, extension);
        add_guard_deeds(report.samples, extension.guard);
        for (const postgres::SlotRow& slot : extension.slots) {
            add_slot(report.samples, slot, server.now);
        }
    }
    return report;
}

} // namespace opsmon::collect
