#pragma once
// This component parses a template: text, statements and their nesting; what stands in an action
// besides is parsed by TemplatePipelineParser.

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
