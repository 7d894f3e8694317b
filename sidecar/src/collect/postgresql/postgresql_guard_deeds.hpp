#pragma once
// This component decides which metrics the guard's own account becomes: what it may do, has done
// and holds up, who holds WAL and who would be taken next. report_guard() calls it. Pure.

#include "metrics/samples.hpp"
#include "postgres/rows.hpp"

namespace opsmon::collect {

void add_guard_deeds(metrics::SampleList& out, const postgres::GuardRows& rows);

} // namespace opsmon::collect
