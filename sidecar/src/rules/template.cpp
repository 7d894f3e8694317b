#include "rules/template.hpp"

#include "rules/template_eval.hpp"
#include "rules/template_parser.hpp"

namespace opsmon::rules {

Result<Template> Template::parse(std::string_view text, TemplateDialect dialect) {
    auto nodes = parse_template(text, dialect);
    if (!nodes) {
        return nodes.error();
    }
    Template out;
    out.text_ = text;
    out.nodes_ = std::make_shared<const TemplateList>(std::move(*nodes));
    return out;
}

std::string Template::expand(const TemplateContext& context) const {
    auto text = try_expand(context);
    return text ? std::move(*text) : "<error expanding template: " + text.error().message + ">";
}

Result<std::string> Template::try_expand(const TemplateContext& context) const {
    return evaluate_template(text_, *nodes_, context);
}

} // namespace opsmon::rules
