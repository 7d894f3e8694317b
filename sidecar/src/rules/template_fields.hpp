#pragma once
// This component provides what follows a dot in templates: the fields of values, and the methods
// that Alertmanager's label sets and Go's moments have. The evaluator asks it, and says where.

#include "base/result.hpp"
#include "rules/template_value.hpp"

#include <span>
#include <string>

namespace opsmon::rules {

using TemplateMethod = Result<TemplateValue> (*)(const TemplateValue& value,
                                                 std::span<const TemplateValue> args);

// Null where the value has none of that name. Methods go before fields.
[[nodiscard]] TemplateMethod find_template_method(const TemplateValue& value,
                                                  const std::string& name);

[[nodiscard]] Result<TemplateValue> template_field(const TemplateValue& value,
                                                   const std::string& name);

} // namespace opsmon::rules
