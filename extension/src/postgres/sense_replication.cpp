#include "postgres/sense.hpp"

#include "postgres/spi.hpp"

namespace opsmon::sense {
namespace {

constinit spi::Statement statement{
    "SELECT r.pid, r.client_port, r.application_name::pg_catalog.text,"
    " r.usename::pg_catalog.text, pg_catalog.host(r.client_addr),"
    // one name, however many temporary slots its session has made
    " (SELECT s.slot_name::pg_catalog.text FROM pg_catalog.pg_replication_slots s"
    "   WHERE s.active_pid = r.pid ORDER BY s.temporary, s.slot_name LIMIT 1), r.state, "
    "r.sync_state, r.sync_priority,"
    " r.sent_lsn, r.write_lsn, r.flush_lsn, r.replay_lsn,"
    " r.write_lag, r.flush_lag, r.replay_lag, r.reply_time, r.backend_start"
    " FROM pg_catalog.pg_stat_replication r"
    " ORDER BY r.backend_start, r.pid"};

void fill(core::Sender& sender, std::uint64_t row) {
    sender = core::Sender{};
    sender.pid = spi::int32_cell(row, 1);
    sender.client_port = spi::int32_cell(row, 2);
    sender.application_name.assign(spi::text_cell(row, 3));
    sender.username.assign(spi::text_cell(row, 4));
    sender.client_addr.assign(spi::text_cell(row, 5));
    sender.slot_name.assign(spi::text_cell(row, 6));
    sender.state.assign(spi::text_cell(row, 7));
    sender.sync_state.assign(spi::text_cell(row, 8));
    sender.sync_priority = spi::int32_cell(row, 9);
    sender.sent_lsn = spi::lsn_cell(row, 10);
    sender.write_lsn = spi::lsn_cell(row, 11);
    sender.flush_lsn = spi::lsn_cell(row, 12);
    sender.replay_lsn = spi::lsn_cell(row, 13);
    sender.write_lag_us = spi::interval_us_cell(row, 14);
    sender.flush_lag_us = spi::interval_us_cell(row, 15);
    sender.replay_lag_us = spi::interval_us_cell(row, 16);
    sender.reply_at = spi::time_cell(row, 17);
    sender.backend_start_at = spi::time_cell(row, 18);
}

} // namespace

void replication(core::SamplerSample& sample) {
    const std::uint64_t rows = spi::select(statement);
    sample.sender_count = static_cast<std::uint32_t>(Min(rows, core::kSendersMax));
    sample.senders_omitted = static_cast<std::uint32_t>(rows - sample.sender_count);
    for (std::uint32_t row = 0; row < sample.sender_count; ++row) {
        fill(sample.senders[row], row);
    }
}

} // namespace opsmon::sense
