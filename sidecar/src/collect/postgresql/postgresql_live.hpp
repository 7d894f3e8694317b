#pragma once
// This component decides which metrics the moment becomes: slow statements, blocked sessions, the
// horizons, the receiver and advice. report_server() calls it. Pure.

#include "metrics/samples.hpp"
#include "postgres/rows.hpp"

namespace opsmon::collect {

void add_live(metrics::SampleList& out, const postgres::LiveRows& rows);

} // namespace opsmon::collect
