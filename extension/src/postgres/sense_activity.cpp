#include "postgres/sense.hpp"

#include "postgres/spi.hpp"

namespace opsmon::sense {
namespace {

// Every backend but our own counts, also those without a state (walsenders, workers). The largest
// groups come first, so that what does not fit is the least.
constinit spi::Statement statement{
    "SELECT a.datname::pg_catalog.text, a.usename::pg_catalog.text, a.application_name,"
    " a.backend_type, a.state, a.wait_event_type, a.wait_event,"
    " pg_catalog.count(*)::pg_catalog.int4, pg_catalog.min(a.xact_start)"
    " FROM pg_catalog.pg_stat_activity a WHERE a.pid <> pg_catalog.pg_backend_pid()"
    " GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 8 DESC, 1, 2, 3, 4, 5, 6, 7"};

void fill(core::ActivityGroup& group, std::uint64_t row) {
    group = core::ActivityGroup{};
    group.database.assign(spi::text_cell(row, 1));
    group.username.assign(spi::text_cell(row, 2));
    group.application_name.assign(spi::text_cell(row, 3));
    group.backend_type.assign(spi::text_cell(row, 4));
    group.state.assign(spi::text_cell(row, 5));
    group.wait_event_type.assign(spi::text_cell(row, 6));
    group.wait_event.assign(spi::text_cell(row, 7));
    group.sessions = spi::int32_cell(row, 8);
    group.oldest_xact_at = spi::time_cell(row, 9);
}

} // namespace

void activity(core::SamplerSample& sample) {
    const std::uint64_t rows = spi::select(statement);
    sample.activity_group_count = static_cast<std::uint32_t>(Min(rows, core::kActivityGroupsMax));
    sample.activity_groups_omitted = static_cast<std::uint32_t>(rows - sample.activity_group_count);
    for (std::uint32_t row = 0; row < sample.activity_group_count; ++row) {
        fill(sample.activity_groups[row], row);
    }
    sample.state_count = 0;
    for (std::uint64_t row = 0; row < rows; ++row) {
        core::count_state(sample, spi::text_cell(row, 5), spi::int32_cell(row, 8));
    }
}

} // namespace opsmon::sense
