#pragma once
// This component parses a template: grammar, names of functions and variables, nesting. What Go's
// templates have and this version has not (define, template, block, break) is refused by name.

#include "rules/template.hpp"

namespace opsmon::rules {

[[nodiscard]] Result<TemplateList> parse_template(std::string_view text, TemplateDialect dialect);

} // namespace opsmon::rules
