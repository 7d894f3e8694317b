#include "rules/template.hpp"

#include "promql/position.hpp"
#include "rules/template_eval.hpp"
#include "rules/template_parser.hpp"

namespace opsmon::rules {

namespace {

void add(ParsedTemplate parsed, std::string_view text, TemplateDefinitions& into) {
    const auto shared_text = std::make_shared<const std::string>(text);
    for (auto& [name, nodes] : parsed.definitions) {
        into[name] = std::make_shared<const TemplateDefinition>(
            TemplateDefinition{shared_text, std::move(nodes)});
    }
}

Error unknown(std::string_view text, const TemplateCall& call) {
    return promql::parse_error(text, call.position,
                               "template \"" + call.name + "\" is not defined");
}

} // namespace

Result<Template> Template::parse(std::string_view text, TemplateDialect dialect,
                                 const TemplateDefinitions& known) {
    auto parsed = parse_template(text, dialect);
    if (!parsed) {
        return parsed.error();
    }
    Template out;
    out.text_ = text;
    out.nodes_ = std::make_shared<const TemplateList>(std::move(parsed->nodes));
    TemplateDefinitions definitions = known;
    add(std::move(*parsed), text, definitions);
    if (const auto* call = find_unknown_call(*out.nodes_, definitions)) {
        return unknown(text, *call);
    }
    if (auto checked = check_definitions(definitions); !checked) {
        return checked.error();
    }
    out.definitions_ = std::make_shared<const TemplateDefinitions>(std::move(definitions));
    return out;
}

Result<void> add_definitions(std::string_view text, TemplateDefinitions& into) {
    auto parsed = parse_template(text, TemplateDialect::Notification);
    if (!parsed) {
        return parsed.error();
    }
    add(std::move(*parsed), text, into);
    return {};
}

Result<void> check_definitions(const TemplateDefinitions& definitions) {
    for (const auto& [name, definition] : definitions) {
        if (const auto* call = find_unknown_call(definition->nodes, definitions)) {
            return unknown(*definition->text, *call).with_prefix("in \"" + name + "\"");
        }
    }
    return {};
}

std::string Template::expand(const TemplateContext& context) const {
    auto text = try_expand(context);
    return text ? std::move(*text) : "<error expanding template: " + text.error().message + ">";
}

Result<std::string> Template::try_expand(const TemplateContext& context) const {
    return evaluate_template(text_, *nodes_, *definitions_, context);
}

} // namespace opsmon::rules
