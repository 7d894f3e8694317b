#pragma once
// This component holds the part of the SQL that asks the guard: what it may do and has done, who
// holds WAL, and who would be taken next. queries.cpp sends and reads it with the rest.

#include <string>

#include "base/result.hpp"
#include "postgres/connection.hpp"
#include "postgres/rows.hpp"

namespace opsmon::postgres {

const std::string& guard_sql();
inline constexpr std::size_t kGuardStatements = 5;

// The results of guard_sql() begin at `first` in the answer; the first failure of a cycle stays in
// `failed`.
void read_guard_rows(const Answer& answer, std::size_t first, GuardRows& out, Result<void>& failed);

} // namespace opsmon::postgres
