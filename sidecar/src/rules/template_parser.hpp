#pragma once
// This component parses a template: grammar, names of functions and variables, nesting. What Go's
// templates have and this version has not (break, continue; in rules also define, template and
// block) is refused by name.

#include "rules/template.hpp"

namespace opsmon::rules {

struct ParsedTemplate {
    TemplateList nodes;
    std::vector<std::pair<std::string, TemplateList>> definitions; // in their order
};

[[nodiscard]] Result<ParsedTemplate> parse_template(std::string_view text, TemplateDialect dialect);

// The first name that is called and not among `known`.
[[nodiscard]] const TemplateCall* find_unknown_call(const TemplateList& nodes,
                                                    const TemplateDefinitions& known);

} // namespace opsmon::rules
