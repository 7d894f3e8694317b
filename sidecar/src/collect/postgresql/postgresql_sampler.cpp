#include "collect/postgresql/postgresql_report.hpp"

namespace opsmon::collect {
namespace {

constexpr double kRecentReplySeconds = 60;

void add_wal_directory(metrics::SampleList& out, const postgres::ExtensionRows& rows) {
    for (const postgres::WalRow& wal : rows.wal) {
        out.add<"postgresql_wal_size_bytes">(wal.directory_bytes);
        out.add<"postgresql_wal_files">(wal.directory_files);
        out.add<"postgresql_wal_recycled_bytes">(wal.recycled_bytes);
        out.add<"postgresql_archiver_archived_total">(wal.archived_count);
        out.add<"postgresql_archiver_failed_total">(wal.failed_count);
        out.add<"postgresql_archiver_last_archived_timestamp_seconds">(wal.last_archived_at);
        out.add<"postgresql_archiver_last_failed_timestamp_seconds">(wal.last_failed_at);
    }
}

void add_connections(metrics::SampleList& out, const postgres::ExtensionRows& rows) {
    for (const postgres::ActivityRow& group : rows.activity) {
        out.add<"postgresql_connections">(group.sessions, group.state.value_or("null"));
    }
}

void add_sender(metrics::SampleList& out, const postgres::SenderRow& sender,
                const std::string& slave) {
    out.add<"postgresql_replication_lag_bytes">(sender.lag_bytes, slave);
    out.add<"postgresql_replication_unsent_bytes">(sender.unsent_bytes, slave);
    // The server keeps showing the last lag it measured, however long the standby has been silent.
    if (sender.reply_age && *sender.reply_age < kRecentReplySeconds) {
        out.add<"postgresql_replication_write_lag_seconds">(sender.write_lag, slave);
        out.add<"postgresql_replication_flush_lag_seconds">(sender.flush_lag, slave);
        out.add<"postgresql_replication_replay_lag_seconds">(sender.replay_lag, slave);
    }
    out.add<"postgresql_replication_reply_timestamp_seconds">(sender.reply_time, slave);
    out.add<"postgresql_replication_info">(1, slave, sender.consumer, sender.application_name,
                                           sender.slot_name, sender.state, sender.sync_state);
}

} // namespace

CollectorReport report_sampler(const postgres::ExtensionRows& extension,
                               StandbyIdentity& identity) {
    CollectorReport report;
    report.collector = "postgresql_sampler";
    report.error = staleness("sampler", extension.status.sampler);
    report.success = report.error.empty();
    if (!report.success) {
        return report;
    }
    add_wal_directory(report.samples, extension);
    add_connections(report.samples, extension);
    std::vector<StandbyFacts> standbys;
    for (const postgres::SenderRow& sender : extension.senders) {
        standbys.push_back(
            {sender.client_address, sender.consumer, sender.backend_start, sender.pid});
    }
    const std::vector<std::string> names = identity.name_all(standbys);
    for (std::size_t i = 0; i < names.size(); ++i) {
        add_sender(report.samples, extension.senders[i], names[i]);
    }
    return report;
}

} // namespace opsmon::collect
