// The second part of the table of template functions, see template_functions.hpp.
#include "promql/duration.hpp"
#include "promql/utf8.hpp"
#include "rules/template_functions.hpp"
#include "rules/template_urls.hpp"

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

// As Go's Sprint: a space between two operands of which neither is a string.
std::string printed(Args args) {
    std::string out;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const bool apart = i > 0 && args[i].get<std::string>() == nullptr &&
                           args[i - 1].get<std::string>() == nullptr;
        out += (apart ? " " : "") + args[i].to_string();
    }
    return out;
}

template <std::string (*convert)(std::string_view)>
Result<Value> run_escape(const Context&, Args args) {
    return Value(convert(printed(args)));
}

Result<Value> run_print(const Context&, Args args) {
    return Value(printed(args));
}

// slice x 1 2 is x[1:2], of a text in bytes or of a list.
Result<Value> run_slice(const Context&, Args args) {
    const auto* text = args[0].get<std::string>();
    const auto* list = args[0].composite();
    if (text == nullptr && (list == nullptr || list->kind != TemplateComposite::Kind::List)) {
        return Error{std::string("can't slice item of type ") + args[0].type_name()};
    }
    if (args.size() == 4) {
        return Error{text != nullptr ? "cannot 3-index slice a string"
                                     : "slice with three indexes is not supported in this version"};
    }
    const auto size =
        static_cast<std::int64_t>(text != nullptr ? text->size() : list->items.size());
    std::int64_t ends[] = {0, size};
    for (std::size_t i = 1; i < args.size(); ++i) {
        const auto* at = args[i].get<std::int64_t>();
        if (at == nullptr) {
            return Error{std::string("cannot index slice/array with type ") + args[i].type_name()};
        }
        if (*at < 0 || *at > size) {
            return Error{"index out of range: " + std::to_string(*at)};
        }
        ends[i - 1] = *at;
    }
    if (ends[0] > ends[1]) {
        return Error{"invalid slice index: " + std::to_string(ends[0]) + " > " +
                     std::to_string(ends[1])};
    }
    if (text == nullptr) {
        return Value::list({list->items.begin() + ends[0], list->items.begin() + ends[1]});
    }
    auto part = text->substr(static_cast<std::size_t>(ends[0]),
                             static_cast<std::size_t>(ends[1] - ends[0]));
    if (promql::first_invalid_utf8(part) != std::string::npos) {
        return Error{"slice would cut a character in two"};
    }
    return Value(std::move(part));
}

// No value of these templates is a function.
Result<Value> run_call(const Context&, Args args) {
    return Error{std::string("non-function of type ") + args[0].type_name()};
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
    return Value::map_of_any(std::move(fields));
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
    for (std::size_t i = 0; i < args.size(); ++i) {
        out += (i == 0 ? "" : " ") + args[i].to_string();
    }
    return Value(out + "\n");
}

constexpr auto kAny = TemplateFunction::kAnyNumber;

} // namespace

std::span<const TemplateFunction> link_functions() {
    constexpr auto kRule = TemplateDialect::Rule;
    static const auto functions = std::to_array<TemplateFunction>({
        {"args", 0, kAny, run_args, false, kRule},
        {"call", 1, kAny, run_call},
        {"externalURL", 0, 0, run_external_url, false, kRule},
        {"graphLink", 1, 1, run_link<'0'>, false, kRule},
        {"html", 0, kAny, run_escape<html_escaped>},
        {"js", 0, kAny, run_escape<js_escaped>},
        {"parseDuration", 1, 1, run_parse_duration, false, kRule},
        {"pathPrefix", 0, 0, run_path_prefix, false, kRule},
        {"print", 0, kAny, run_print},
        {"println", 0, kAny, run_println},
        {"slice", 1, 4, run_slice},
        {"stripDomain", 1, 1, run_strip_domain, false, kRule},
        {"strvalue", 1, 1, run_strvalue, false, kRule},
        {"tableLink", 1, 1, run_link<'1'>, false, kRule},
        {"urlquery", 0, kAny, run_escape<query_escaped>},
    });
    return functions;
}

} // namespace opsmon::rules
