// The second part of the table of template functions, see template_functions.hpp.
#include "promql/duration.hpp"
#include "rules/template_functions.hpp"
#include "rules/template_urls.hpp"

#include <algorithm>
#include <array>

namespace opsmon::rules {
namespace {

using Args = std::span<const TemplateValue>;
using Context = TemplateContext;
using Value = TemplateValue;

Result<std::string> text_of(const Value& value) {
    if (const auto* text = value.get<std::string>()) {
        return *text;
    }
    return Error{std::string("wrong type for value; expected string; got ") + value.type_name()};
}

template <std::string (*convert)(std::string_view)>
Result<Value> run_escape(const Context&, Args args) {
    return Value(convert(args[0].to_string()));
}

Result<Value> run_strip_domain(const Context&, Args args) {
    const auto text = text_of(args[0]);
    return text ? Result<Value>(Value(strip_domain(*text))) : text.error();
}

Result<Value> run_external_url(const Context& context, Args) {
    return Value(context.external_url);
}

Result<Value> run_path_prefix(const Context& context, Args) {
    return Value(path_of_url(context.external_url));
}

template <char tab>
Result<Value> run_link(const Context&, Args args) {
    const auto text = text_of(args[0]);
    if (!text) {
        return text.error();
    }
    return Value("/graph?g0.expr=" + query_escaped(*text) + "&g0.tab=" + tab);
}

Result<Value> run_parse_duration(const Context&, Args args) {
    const auto text = text_of(args[0]);
    if (!text) {
        return text.error();
    }
    const auto duration_ms = promql::parse_duration_ms(*text);
    return duration_ms ? Result<Value>(Value(static_cast<double>(*duration_ms) / 1000))
                       : duration_ms.error();
}

Result<Value> run_args(const Context&, Args args) {
    TemplateFields fields;
    for (std::size_t i = 0; i < args.size(); ++i) {
        fields.emplace("arg" + std::to_string(i), args[i]);
    }
    return Value::map(std::move(fields));
}

// The value of the label __value__, as templates of consoles use it.
Result<Value> run_strvalue(const Context&, Args args) {
    const auto* sample = args[0].composite();
    const auto labels =
        sample == nullptr ? TemplateFields::const_iterator() : sample->fields.find("Labels");
    if (sample == nullptr || labels == sample->fields.end() ||
        labels->second.composite() == nullptr) {
        return Error{std::string("wrong type for value; expected a sample; got ") +
                     args[0].type_name()};
    }
    const auto& pairs = labels->second.composite()->fields;
    const auto found = pairs.find("__value__");
    return found == pairs.end() ? Value("") : found->second;
}

Result<Value> run_println(const Context&, Args args) {
    std::string out;
    for (const auto& arg : args) {
        out += (out.empty() ? "" : " ") + arg.to_string();
    }
    return Value(out + "\n");
}

constexpr auto kAny = TemplateFunction::kAnyNumber;

} // namespace

std::span<const TemplateFunction> link_functions() {
    constexpr auto kRule = TemplateDialect::Rule;
    static const auto functions = std::to_array<TemplateFunction>({
        {"args", 0, kAny, run_args, false, kRule},
        {"externalURL", 0, 0, run_external_url, false, kRule},
        {"graphLink", 1, 1, run_link<'0'>, false, kRule},
        {"html", 1, 1, run_escape<html_escaped>},
        {"parseDuration", 1, 1, run_parse_duration, false, kRule},
        {"pathPrefix", 0, 0, run_path_prefix, false, kRule},
        {"println", 0, kAny, run_println},
        {"stripDomain", 1, 1, run_strip_domain, false, kRule},
        {"strvalue", 1, 1, run_strvalue, false, kRule},
        {"tableLink", 1, 1, run_link<'1'>, false, kRule},
        {"urlquery", 1, 1, run_escape<query_escaped>},
    });
    return functions;
}

bool is_refused_template_function(std::string_view name) {
    constexpr auto kNames =
        std::to_array<std::string_view>({"call", "js", "slice", "tmpl", "toTime"});
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

} // namespace opsmon::rules
