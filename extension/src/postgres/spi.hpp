#pragma once
// A transaction around SPI, and typed access to the rows of a result: used by the sampler's sensors
// and by the recorder. Queries are constant texts with every name qualified; values travel as
// parameters. Nothing here catches an error: run_step() does.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "executor/spi.h"
OPSMON_PG_HEADERS_END

namespace opsmon::spi {

// Between the two, SPI is connected and a snapshot is active. `activity` shows in pg_stat_activity.
void begin(const char* activity);
void commit();

// Runs a SELECT and leaves its rows in SPI_tuptable; raises an error when it is anything else.
std::uint64_t select(const char* query);

// Cell `column` (from 1) of row `row` (from 0) of the last result; NULL gives empty, 0 or nullopt.
const char* text_cell(std::uint64_t row, int column); // "" for NULL
std::int32_t int32_cell(std::uint64_t row, int column);
std::optional<std::int64_t> int64_cell(std::uint64_t row, int column);
core::Lsn lsn_cell(std::uint64_t row, int column);
core::TimeUs time_cell(std::uint64_t row, int column);
std::optional<std::int64_t> interval_us_cell(std::uint64_t row, int column);

} // namespace opsmon::spi
