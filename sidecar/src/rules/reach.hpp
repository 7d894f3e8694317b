#pragma once
// This component tells how far back an expression reads: for so long a history must have run before
// what the expression gives can be trusted. The engine asks it after a restart, and after a
// silence.

#include "base/clock.hpp"
#include "promql/ast.hpp"

namespace opsmon::rules {

// Ranges, subqueries and offsets, the longest of its parts; 0 for what reads the newest samples.
[[nodiscard]] TimestampMs reach_of(const promql::Expr& expr);

// The same without the alerts that the engine writes itself and selects by their name: no silence
// of a source leaves a hole in those that fire.
[[nodiscard]] TimestampMs reach_into_sources(const promql::Expr& expr);

} // namespace opsmon::rules
