// The SQL function behind the samples of the last hour: one row a sample, as the sampler keeps them
// in shared memory. It takes no lock and reads no table, so it answers on a standby and with a full
// disk; the recorder writes the history tables from it.

#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_samples);
}

namespace opsmon {
namespace {

// One array of a row, filled element by element.
struct Elements {
    Datum* values;
    bool* nulls;
    std::uint32_t count;

    void open(std::uint32_t capacity) {
        values = static_cast<Datum*>(palloc0((capacity + 1) * sizeof(Datum)));
        nulls = static_cast<bool*>(palloc0((capacity + 1) * sizeof(bool)));
        count = 0;
    }
    void add(Datum value) { values[count++] = value; }
    void null() { nulls[count++] = true; }
    void text(const char* value) { value[0] != '\0' ? add(readable_text(value)) : null(); }
    void number(std::int64_t value) {
        value != core::kUnknownNumber ? add(Int64GetDatum(value)) : null();
    }

    Datum array(Oid type, int length, bool by_value, char alignment) {
        int dimension = static_cast<int>(count);
        int lower_bound = 1;
        if (dimension == 0) {
            return PointerGetDatum(construct_empty_array(type));
        }
        return PointerGetDatum(construct_md_array(values, nulls, 1, &dimension, &lower_bound, type,
                                                  length, by_value, alignment));
    }
    Datum texts() { return array(TEXTOID, -1, false, TYPALIGN_INT); }
    Datum int8s() { return array(INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE); }
    Datum int4s() { return array(INT4OID, sizeof(int32), true, TYPALIGN_INT); }
    Datum booleans() { return array(BOOLOID, 1, true, TYPALIGN_CHAR); }
};

const char* name_of_wal(core::SlotWal wal) {
    switch (wal) {
    case core::SlotWal::NeverReserved:
        return "";
    case core::SlotWal::Reserved:
        return "reserved";
    case core::SlotWal::Extended:
        return "extended";
    case core::SlotWal::Unreserved:
        return "unreserved";
    case core::SlotWal::Lost:
        return "lost";
    }
    return "";
}

void header_cells(Rows& rows, const core::RecentHeader& header) {
    const auto number = [](std::int64_t value) {
        return value != core::kUnknownNumber ? std::optional(value) : std::nullopt;
    };
    rows.time(header.sampled_at)
        .signed_int8(static_cast<std::int64_t>(GetSystemIdentifier()))
        .int8(std::uint64_t{header.timeline})
        .time(static_cast<core::TimeUs>(pg_atomic_read_u64(&shmem::state()->made_at)))
        .boolean(header.in_recovery != 0)
        .lsn(header.current_lsn)
        .signed_int8(number(header.directory_bytes))
        .signed_int8(number(header.recycled_bytes))
        .signed_int8(header.archived_count)
        .signed_int8(header.failed_count)
        .time(header.archiver_reset_at);
}

void volume_cells(Rows& rows, core::RecentReader& reader) {
    if (reader.header().volumes_known == 0) {
        rows.null().null().null().null();
        return;
    }
    const std::uint32_t count = reader.header().volume_count;
    Elements names, sizes, free_bytes, free_inodes;
    names.open(count);
    sizes.open(count);
    free_bytes.open(count);
    free_inodes.open(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const core::RecentVolume volume = reader.volume();
        names.text(volume.name.bytes);
        sizes.number(volume.size_bytes);
        free_bytes.number(volume.free_bytes);
        free_inodes.number(volume.free_inodes);
    }
    rows.datum(names.texts()).datum(sizes.int8s()).datum(free_bytes.int8s());
    rows.datum(free_inodes.int8s());
}

void slot_cells(Rows& rows, core::RecentReader& reader) {
    if (reader.header().slots_known == 0) {
        rows.null().null().null().null();
        return;
    }
    const std::uint32_t count = reader.header().slot_count;
    Elements names, active, wal, retained;
    names.open(count);
    active.open(count);
    wal.open(count);
    retained.open(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const core::RecentSlot slot = reader.slot();
        names.text(slot.name.bytes);
        active.add(BoolGetDatum(slot.active));
        wal.text(name_of_wal(slot.wal));
        retained.number(slot.retained_bytes);
    }
    rows.datum(names.texts()).datum(active.booleans()).datum(wal.texts()).datum(retained.int8s());
}

void sender_cells(Rows& rows, core::RecentReader& reader) {
    const std::uint32_t count = reader.header().sender_count;
    Elements consumers, addresses, states, lag, unsent, replay_lag;
    for (Elements* elements : {&consumers, &addresses, &states, &lag, &unsent, &replay_lag}) {
        elements->open(count);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        const core::RecentSender sender = reader.sender();
        consumers.text(sender.consumer.bytes);
        addresses.text(sender.client_addr.bytes);
        states.text(sender.state.bytes);
        lag.number(sender.lag_bytes);
        unsent.number(sender.unsent_bytes);
        replay_lag.number(sender.replay_lag_us);
    }
    rows.datum(consumers.texts()).datum(addresses.texts()).datum(states.texts());
    rows.datum(lag.int8s()).datum(unsent.int8s()).datum(replay_lag.int8s());
}

void state_cells(Rows& rows, core::RecentReader& reader) {
    const std::uint32_t count = reader.header().state_count;
    Elements states, sessions;
    states.open(count);
    sessions.open(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const core::RecentState state = reader.state();
        states.text(state.state.bytes);
        sessions.add(Int32GetDatum(state.sessions));
    }
    rows.datum(states.texts()).datum(sessions.int4s());
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_live_samples(PG_FUNCTION_ARGS) {
    const std::int64_t after = PG_GETARG_INT64(0);
    const std::int32_t rows_max = PG_GETARG_INT32(1);
    if (after < 0 || rows_max < 1) {
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("opsmon: \"after\" must not be negative and \"rows_max\" at least 1"),
                 errhint("Without arguments all samples in memory are returned.")));
    }
    Rows rows(fcinfo);
    auto* record =
        static_cast<std::uint64_t*>(palloc(core::kRecentWordsMax * sizeof(std::uint64_t)));
    MemoryContext of_a_row =
        AllocSetContextCreate(CurrentMemoryContext, "opsmon sample", ALLOCSET_DEFAULT_SIZES);
    auto cursor = static_cast<std::uint64_t>(after);
    for (std::int32_t i = 0; i < rows_max; ++i) {
        const std::size_t words =
            shmem::state()->recent.read(cursor, record, core::kRecentWordsMax);
        if (words == 0) {
            break;
        }
        MemoryContext outer = MemoryContextSwitchTo(of_a_row);
        core::RecentReader reader(record, words);
        rows.signed_int8(static_cast<std::int64_t>(cursor));
        header_cells(rows, reader.header());
        volume_cells(rows, reader);
        slot_cells(rows, reader);
        sender_cells(rows, reader);
        state_cells(rows, reader);
        rows.end_row();
        MemoryContextSwitchTo(outer);
        MemoryContextReset(of_a_row);
        CHECK_FOR_INTERRUPTS();
    }
    return static_cast<Datum>(0);
}
