#include "rules/template_functions.hpp"

#include "promql/number_text.hpp"
#include "rules/template_case.hpp"
#include "rules/template_compare.hpp"
#include "rules/template_format.hpp"
#include "rules/template_humanize.hpp"
#include "rules/template_regex.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::rules {
namespace {

using Args = std::span<const TemplateValue>;
using Context = TemplateContext;
using Value = TemplateValue;

Error wrong_type(const Value& value, const std::string& wanted) {
    return Error{"wrong type for value; expected " + wanted + "; got " + value.type_name()};
}

Result<std::string> text_of(const Value& value) {
    if (const auto* text = value.get<std::string>()) {
        return *text;
    }
    return wrong_type(value, "string");
}

// As Prometheus: numbers, and strings that are numbers.
Result<double> number_of(const Value& value) {
    if (const auto* number = value.get<double>()) {
        return *number;
    }
    if (const auto* integer = value.get<std::int64_t>()) {
        return static_cast<double>(*integer);
    }
    if (const auto* text = value.get<std::string>()) {
        if (const auto number = promql::parse_go_float(*text)) {
            return *number;
        }
        return Error{"parsing " + quote(*text) + ": invalid syntax"};
    }
    return Error{std::string("can't convert ") + value.type_name() + " to float"};
}

const TemplateComposite* list_of(const Value& value) {
    const auto* parts = value.composite();
    return parts != nullptr && parts->kind == TemplateComposite::Kind::List ? parts : nullptr;
}

const Value* field_of(const Value& value, const std::string& name) {
    const auto* parts = value.composite();
    if (parts == nullptr) {
        return nullptr;
    }
    const auto found = parts->fields.find(name);
    return found == parts->fields.end() ? nullptr : &found->second;
}

template <std::string (*convert)(double)>
Result<Value> run_number_to_text(const Context&, Args args) {
    auto number = number_of(args[0]);
    return number ? Result<Value>(Value(convert(*number))) : number.error();
}

Result<Value> run_humanize_timestamp(const Context&, Args args) {
    auto number = number_of(args[0]);
    if (!number) {
        return number.error();
    }
    auto text = humanize_timestamp(*number);
    if (!text) {
        return Error{format_float(*number) + " cannot be represented as a nanoseconds timestamp "
                                             "since it overflows int64"};
    }
    return Value(std::move(*text));
}

Result<Value> run_to_time(const Context&, Args args) {
    auto number = number_of(args[0]);
    if (number && !std::isfinite(*number)) {
        return Error{"value is NaN or Inf"};
    }
    auto text = number ? humanize_timestamp(*number) : std::nullopt;
    if (!text) {
        return number ? Error{"the time cannot be represented in nanoseconds"} : number.error();
    }
    return Value(TemplateMoment{std::move(*text)});
}

template <typename Convert>
Result<Value> map_text(const Value& arg, Convert convert) {
    auto text = text_of(arg);
    return text ? Result<Value>(Value(convert(std::move(*text)))) : text.error();
}

Result<Value> run_to_upper(const Context&, Args args) {
    return map_text(args[0], [](const std::string& text) { return upper_case(text); });
}

Result<Value> run_to_lower(const Context&, Args args) {
    return map_text(args[0], [](const std::string& text) { return lower_case(text); });
}

Result<Value> run_title(const Context&, Args args) {
    return map_text(args[0], [](const std::string& text) { return title_case(text); });
}

Result<Value> run_trim_space(const Context&, Args args) {
    return map_text(args[0], [](const std::string& text) {
        constexpr const char* kSpaces = " \t\r\n\v\f";
        const auto first = text.find_first_not_of(kSpaces);
        return first == std::string::npos
                   ? std::string()
                   : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
    });
}

Result<Value> run_safe_html(const Context&, Args args) {
    return map_text(args[0], [](std::string text) { return text; });
}

Result<Value> run_strip_port(const Context&, Args args) {
    return map_text(args[0], [](std::string text) {
        const auto colon = text.rfind(':');
        if (colon == std::string::npos) {
            return text;
        }
        if (text.front() == '[') {
            return colon > 1 && text[colon - 1] == ']' ? text.substr(1, colon - 2) : text;
        }
        return text.find(':') == colon ? text.substr(0, colon) : text; // more: a bare IPv6 address
    });
}

Result<Value> run_match(const Context& context, Args args) {
    auto pattern = text_of(args[0]);
    auto text = text_of(args[1]);
    if (!pattern || !text) {
        return !pattern ? pattern.error() : text.error();
    }
    auto found = regex_found(context.regexes, *pattern, *text);
    return found ? Result<Value>(Value(*found)) : found.error();
}

Result<Value> run_re_replace_all(const Context& context, Args args) {
    auto pattern = text_of(args[0]);
    auto replacement = text_of(args[1]);
    auto text = text_of(args[2]);
    if (!pattern || !replacement || !text) {
        return !pattern ? pattern.error() : !replacement ? replacement.error() : text.error();
    }
    auto replaced = regex_replaced(context.regexes, *pattern, *replacement, *text);
    return replaced ? Result<Value>(Value(std::move(*replaced))) : replaced.error();
}

Result<Value> run_join(const Context&, Args args) {
    auto separator = text_of(args[0]);
    const auto* list = list_of(args[1]);
    if (!separator || list == nullptr) {
        return !separator ? separator.error() : wrong_type(args[1], "list");
    }
    std::string out;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        out += (i > 0 ? *separator : "") + list->items[i].to_string();
    }
    return Value(std::move(out));
}

Result<Value> run_string_slice(const Context&, Args args) {
    return Value::list({args.begin(), args.end()});
}

Result<Value> run_query(const Context& context, Args args) {
    auto expression = text_of(args[0]);
    if (!expression) {
        return expression.error();
    }
    if (!context.query) {
        return Error{"query() cannot be used here"};
    }
    auto vector = context.query(*expression);
    if (!vector) {
        return vector.error();
    }
    std::vector<Value> samples;
    for (const auto& sample : *vector) {
        samples.push_back(
            Value::record({{"Labels", Value::map_of(sample.labels)}, {"Value", sample.value}}));
    }
    return Value::list(std::move(samples));
}

Result<Value> run_first(const Context&, Args args) {
    const auto* list = list_of(args[0]);
    if (list == nullptr) {
        return wrong_type(args[0], "a query result");
    }
    if (list->items.empty()) {
        return Error{"first() called on vector with no elements"};
    }
    return list->items.front();
}

Result<Value> run_value(const Context&, Args args) {
    const auto* value = field_of(args[0], "Value");
    return value == nullptr ? Result<Value>(wrong_type(args[0], "a sample")) : *value;
}

std::string label_of(const Value& sample, const std::string& name) {
    const auto* labels = field_of(sample, "Labels");
    const auto* value = labels == nullptr ? nullptr : field_of(*labels, name);
    return value == nullptr ? std::string() : value->to_string();
}

Result<Value> run_label(const Context&, Args args) {
    auto name = text_of(args[0]);
    if (!name || field_of(args[1], "Labels") == nullptr) {
        return !name ? name.error() : wrong_type(args[1], "a sample");
    }
    return Value(label_of(args[1], *name));
}

Result<Value> run_sort_by_label(const Context&, Args args) {
    auto name = text_of(args[0]);
    const auto* list = list_of(args[1]);
    if (!name || list == nullptr) {
        return !name ? name.error() : wrong_type(args[1], "a query result");
    }
    auto items = list->items;
    std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
        return label_of(a, *name) < label_of(b, *name);
    });
    return Value::list(std::move(items));
}

Result<Value> run_printf(const Context&, Args args) {
    auto format = text_of(args[0]);
    auto text = format ? format_printf(*format, args.subspan(1)) : format;
    return text ? Result<Value>(Value(std::move(*text))) : text.error();
}

Result<Value> run_len(const Context&, Args args) {
    if (const auto* text = args[0].get<std::string>()) {
        return Value(static_cast<std::int64_t>(text->size()));
    }
    const auto* parts = args[0].composite();
    if (parts == nullptr || parts->kind == TemplateComposite::Kind::Record) {
        return Error{std::string("len of type ") + args[0].type_name()};
    }
    const bool is_list = parts->kind == TemplateComposite::Kind::List;
    return Value(static_cast<std::int64_t>(is_list ? parts->items.size() : parts->fields.size()));
}

Result<Value> index_one(const Value& value, const Value& key) {
    const auto* parts = value.composite();
    if (parts != nullptr && parts->kind == TemplateComposite::Kind::Map) {
        auto name = text_of(key);
        if (!name) {
            return name.error();
        }
        const auto* found = field_of(value, *name);
        return found != nullptr ? *found : parts->of_any ? Value() : Value("");
    }
    const auto* list = list_of(value);
    const auto* text = value.get<std::string>();
    const auto* at = key.get<std::int64_t>();
    if ((list == nullptr && text == nullptr) || at == nullptr) {
        return Error{std::string("can't index item of type ") + value.type_name() + " with " +
                     key.type_name()};
    }
    if (*at < 0 ||
        static_cast<std::size_t>(*at) >= (text != nullptr ? text->size() : list->items.size())) {
        return Error{"index out of range: " + std::to_string(*at)};
    }
    if (text != nullptr) { // a byte, which is a number
        return Value(
            std::int64_t{static_cast<unsigned char>((*text)[static_cast<std::size_t>(*at)])});
    }
    return list->items[static_cast<std::size_t>(*at)];
}

Result<Value> run_index(const Context&, Args args) {
    Result<Value> value = args[0];
    for (std::size_t i = 1; value && i < args.size(); ++i) {
        value = index_one(*value, args[i]);
    }
    return value;
}

Result<Value> run_not(const Context&, Args args) {
    return Value(!args[0].truth());
}

Result<Value> run_last(const Context&, Args args) {
    return args.back();
}

Result<Value> run_eq(const Context&, Args args) {
    for (std::size_t i = 1; i < args.size(); ++i) {
        auto same = template_equal(args[0], args[i]);
        if (!same || *same) {
            return same ? Result<Value>(Value(true)) : same.error();
        }
    }
    return Value(false);
}

Result<Value> run_ne(const Context&, Args args) {
    auto same = template_equal(args[0], args[1]);
    return same ? Result<Value>(Value(!*same)) : same.error();
}

enum class Order { Less, LessOrEqual, Greater, GreaterOrEqual };

template <Order order>
Result<Value> run_order(const Context&, Args args) {
    // As Go: gt is "not le", and ge "not lt", which shows where one is NaN.
    constexpr bool negated = order == Order::Greater || order == Order::GreaterOrEqual;
    constexpr bool or_equal = order == Order::LessOrEqual || order == Order::Greater;
    auto holds = template_less(args[0], args[1]);
    if (holds && !*holds && or_equal) {
        holds = template_equal(args[0], args[1]);
    }
    return holds ? Result<Value>(Value(*holds != negated)) : holds.error();
}

constexpr auto kAny = TemplateFunction::kAnyNumber;

const std::vector<TemplateFunction>& table() {
    static const std::vector<TemplateFunction> functions = {
        {"and", 1, kAny, run_last, true},
        {"eq", 2, kAny, run_eq},
        {"first", 1, 1, run_first},
        {"ge", 2, 2, run_order<Order::GreaterOrEqual>},
        {"gt", 2, 2, run_order<Order::Greater>},
        {"humanize", 1, 1, run_number_to_text<humanize>},
        {"humanize1024", 1, 1, run_number_to_text<humanize_1024>},
        {"humanizeDuration", 1, 1, run_number_to_text<humanize_duration>},
        {"humanizePercentage", 1, 1, run_number_to_text<humanize_percentage>},
        {"humanizeTimestamp", 1, 1, run_humanize_timestamp},
        {"index", 1, kAny, run_index},
        {"join", 2, 2, run_join, false, TemplateDialect::Notification},
        {"label", 2, 2, run_label},
        {"le", 2, 2, run_order<Order::LessOrEqual>},
        {"len", 1, 1, run_len},
        {"lt", 2, 2, run_order<Order::Less>},
        {"match", 2, 2, run_match},
        {"ne", 2, 2, run_ne},
        {"not", 1, 1, run_not},
        {"or", 1, kAny, run_last, true},
        {"printf", 1, kAny, run_printf},
        {"query", 1, 1, run_query, false, TemplateDialect::Rule},
        {"reReplaceAll", 3, 3, run_re_replace_all},
        {"safeHtml", 1, 1, run_safe_html},
        {"sortByLabel", 2, 2, run_sort_by_label},
        {"stringSlice", 0, kAny, run_string_slice, false, TemplateDialect::Notification},
        {"stripPort", 1, 1, run_strip_port},
        {"title", 1, 1, run_title},
        {"toLower", 1, 1, run_to_lower},
        {"toTime", 1, 1, run_to_time, false, TemplateDialect::Rule},
        {"toUpper", 1, 1, run_to_upper},
        {"trimSpace", 1, 1, run_trim_space, false, TemplateDialect::Notification},
        {"value", 1, 1, run_value},
    };
    return functions;
}

} // namespace

const TemplateFunction* find_template_function(std::string_view name, TemplateDialect dialect) {
    for (const auto functions : {std::span<const TemplateFunction>(table()), link_functions()}) {
        const auto found =
            std::find_if(functions.begin(), functions.end(),
                         [name](const TemplateFunction& f) { return f.name == name; });
        if (found != functions.end()) {
            return found->only_in.value_or(dialect) == dialect ? &*found : nullptr;
        }
    }
    return nullptr;
}

} // namespace opsmon::rules
