#pragma once
// This component judges how the two sides of an operator meet: by which labels, whether they ever
// can, and what labels the result has. The lint of rules uses it.

#include "rules/lint_shape.hpp"

#include <string>
#include <vector>

namespace opsmon::rules {

// on(labels)/ignoring(labels), and group_left(include)/group_right(include).
struct Meeting {
    bool takes_away = false; // unless: what never meets is no alert that never fires
    bool on = false;
    std::vector<std::string> labels;
    std::vector<std::string> include;
    bool many_on_left = false;
    bool many_on_right = false;
};

// Complains where the labels of the two sides can never be the same.
void complain_about_meeting(const Meeting& meeting, const Shape& left, const Shape& right,
                            const Complain& complain);

// The shape of the result, as far as its labels go; the rest is the left side's.
[[nodiscard]] Shape matched(const Meeting& meeting, const Shape& left, const Shape& right);

} // namespace opsmon::rules
