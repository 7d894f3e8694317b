#pragma once
// This component holds the part of the SQL that asks what goes on at this moment: slow statements,
// sessions that wait for locks, the horizons, the receiver, advice. queries.cpp sends and reads it
// with the rest.

#include <string>

#include "base/result.hpp"
#include "postgres/connection.hpp"
#include "postgres/rows.hpp"

namespace opsmon::postgres {

inline constexpr std::size_t kLiveResults = 5; // of live_sql()

const std::string& live_sql();

// The results of live_sql() begin at `first` in the answer; what is missing of them is told in the
// rows.
LiveRows read_live_rows(const Answer& answer, std::size_t first);

} // namespace opsmon::postgres
