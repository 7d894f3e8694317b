#pragma once
// This component walks the tree of a template and writes its text. Only `Template` uses it. Output
// and work are bounded, so a loop in a rule file cannot hold up the evaluation of the others.

#include "rules/template.hpp"

namespace opsmon::rules {

[[nodiscard]] Result<std::string> evaluate_template(std::string_view text,
                                                    const TemplateList& nodes,
                                                    const TemplateDefinitions& definitions,
                                                    const TemplateContext& context);

} // namespace opsmon::rules
