#pragma once
// This component judges comparisons by the values that their sides can have, and by their units.
// The lint of rules uses it.

#include "promql/ast.hpp"
#include "rules/lint_shape.hpp"

#include <string>

namespace opsmon::rules {

// The same comparison with its sides exchanged.
[[nodiscard]] promql::BinaryOp mirrored(promql::BinaryOp op);

// Leaves of the values of `shape` those that fulfil a comparison with `bound`. False where none do.
[[nodiscard]] bool narrow(promql::BinaryOp op, const Shape& bound, Shape& shape);

[[nodiscard]] std::string range_text(const Shape& shape);

// Complains where bytes meet bits, seconds or the like.
void complain_about_units(const Shape& left, const Shape& right, const Complain& complain);
// Complains where a counter or a rate is compared with a number that cannot be meant.
void complain_about_threshold(promql::BinaryOp op, const Shape& left, const Shape& right,
                              const Complain& complain);

} // namespace opsmon::rules
