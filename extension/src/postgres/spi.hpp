#pragma once
// A transaction around SPI, and typed access to the rows of a result: used by the sampler's sensors
// and by the recorder. Queries are constant texts with every name qualified; values travel as
// parameters. Each is parsed once in the life of a process and planned when the server says that
// its plan is no longer good. Nothing here catches an error: run_step() does.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "executor/spi.h"
OPSMON_PG_HEADERS_END

namespace opsmon::spi {

// Between the two, SPI is connected and a snapshot is active. `activity` shows in pg_stat_activity.
void begin(const char* activity);
void commit();

// A SELECT that is asked again and again: parsing and planning were half of what it cost.
struct Statement {
    static constexpr int kParametersMax = 2;

    const char* query;
    int parameter_count = 0;
    Oid types[kParametersMax]{};
    SPIPlanPtr plan = nullptr; // once it was asked; belongs to the process
};

// Runs it and leaves its rows in SPI_tuptable; raises an error when it is anything but a SELECT.
// `values` are as many as its parameters, none of them NULL.
std::uint64_t select(Statement& statement, Datum* values = nullptr);

// Cell `column` (from 1) of row `row` (from 0) of the last result; NULL gives empty, 0 or nullopt.
const char* text_cell(std::uint64_t row, int column); // "" for NULL
std::int32_t int32_cell(std::uint64_t row, int column);
std::optional<std::int64_t> int64_cell(std::uint64_t row, int column);
core::Lsn lsn_cell(std::uint64_t row, int column);
core::TimeUs time_cell(std::uint64_t row, int column);
std::optional<std::int64_t> interval_us_cell(std::uint64_t row, int column);

} // namespace opsmon::spi
