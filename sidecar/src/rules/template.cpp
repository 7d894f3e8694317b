#include "rules/template.hpp"

#include "promql/position.hpp"
#include "rules/template_eval.hpp"
#include "rules/template_parser.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace opsmon::rules {

namespace {

void add(ParsedTemplate parsed, std::string_view text, TemplateDefinitions& into) {
    const auto shared_text = std::make_shared<const std::string>(text);
    for (auto& [name, nodes] : parsed.definitions) {
        if (into.contains(name) && is_blank(nodes)) {
            continue;
        }
        into[name] = std::make_shared<const TemplateDefinition>(
            TemplateDefinition{shared_text, std::move(nodes)});
    }
}

Error unknown(std::string_view text, const TemplateCall& call) {
    return promql::parse_error(text, call.position,
                               "template \"" + call.name + "\" is not defined");
}

// The calls of a definition that are made whatever the data is: none of a branch.
std::vector<const TemplateCall*> certain_calls(const TemplateDefinition& definition) {
    std::vector<const TemplateCall*> out;
    for (const auto& node : definition.nodes) {
        if (const auto* call = std::get_if<TemplateCall>(&node.content)) {
            out.push_back(call);
        }
    }
    return out;
}

// A definition that in the end always comes back to itself, and the call that leads there.
// Whatever surely ends is taken away, with the calls to it, until nothing more is.
std::optional<std::pair<std::string, const TemplateCall*>>
find_endless(const TemplateDefinitions& definitions) {
    std::map<std::string, std::size_t> calls_left;
    std::map<std::string, std::vector<std::string>> callers;
    std::vector<std::string> ends;
    for (const auto& [name, definition] : definitions) {
        const auto calls = certain_calls(*definition);
        calls_left[name] = calls.size();
        for (const auto* call : calls) {
            callers[call->name].push_back(name);
        }
        if (calls.empty()) {
            ends.push_back(name);
        }
    }
    while (!ends.empty()) {
        const auto name = std::move(ends.back());
        ends.pop_back();
        calls_left.erase(name);
        for (const auto& caller : callers[name]) {
            if (--calls_left.at(caller) == 0) {
                ends.push_back(caller);
            }
        }
    }
    for (const auto& [name, left] : calls_left) {
        for (const auto* call : certain_calls(*definitions.at(name))) {
            if (calls_left.contains(call->name)) {
                return std::pair(name, call);
            }
        }
    }
    return std::nullopt;
}

} // namespace

bool is_blank(const TemplateList& nodes) {
    return std::all_of(nodes.begin(), nodes.end(), [](const TemplateNode& node) {
        const auto* text = std::get_if<TemplateText>(&node.content);
        return text != nullptr && text->text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
    });
}

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
    if (const auto endless = find_endless(definitions)) {
        const auto& [name, call] = *endless;
        return promql::parse_error(*definitions.at(name)->text, call->position,
                                   "template \"" + call->name +
                                       "\" would be called without end; put a condition around it")
            .with_prefix("in \"" + name + "\"");
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
