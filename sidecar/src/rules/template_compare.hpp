#pragma once
// This component provides eq and lt as Go's templates have them: only values of one kind compare. A
// float is not an int: `gt $value 5` is an error there, and here; it must say 5.0.

#include "base/result.hpp"
#include "rules/template_value.hpp"

namespace opsmon::rules {

[[nodiscard]] Result<bool> template_equal(const TemplateValue& a, const TemplateValue& b);
[[nodiscard]] Result<bool> template_less(const TemplateValue& a, const TemplateValue& b);

} // namespace opsmon::rules
