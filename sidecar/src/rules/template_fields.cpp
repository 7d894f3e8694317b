#include "rules/template_fields.hpp"

#include "rules/template_time.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::rules {
namespace {

using Value = TemplateValue;
using Args = std::span<const Value>;

Result<Value> no_arguments(const std::string& name, Args args, Value answer) {
    if (!args.empty()) {
        return Error{"wrong number of args for " + name + ": want 0 got " +
                     std::to_string(args.size())};
    }
    return answer;
}

// Names and values of labels, in the order of their names; the name of the alert comes first.
enum class Part { Names, Values, Pairs };

Value part_of(const Value& labels, Part part) {
    const auto& fields = labels.composite()->fields;
    std::vector<std::pair<std::string, Value>> sorted(fields.begin(), fields.end());
    std::stable_partition(sorted.begin(), sorted.end(),
                          [](const auto& label) { return label.first == "alertname"; });
    std::vector<Value> items;
    for (const auto& [key, value] : sorted) {
        items.push_back(part == Part::Names    ? Value(key)
                        : part == Part::Values ? value
                                               : Value::record({{"Name", key}, {"Value", value}}));
    }
    if (part != Part::Pairs) {
        return Value::list(std::move(items));
    }
    return Value::list(std::move(items), {{"Names", part_of(labels, Part::Names)},
                                          {"Values", part_of(labels, Part::Values)}});
}

Result<Value> run_names(const Value& labels, Args args) {
    return no_arguments("Names", args, part_of(labels, Part::Names));
}

Result<Value> run_values(const Value& labels, Args args) {
    return no_arguments("Values", args, part_of(labels, Part::Values));
}

Result<Value> run_sorted_pairs(const Value& labels, Args args) {
    return no_arguments("SortedPairs", args, part_of(labels, Part::Pairs));
}

// .CommonLabels.Remove (stringSlice "a" "b")
Result<Value> run_remove(const Value& labels, Args args) {
    const auto* list = args.size() == 1 ? args[0].composite() : nullptr;
    if (list == nullptr || list->kind != TemplateComposite::Kind::List) {
        return Error{"Remove wants one list of names behind it"};
    }
    auto rest = labels.composite()->fields;
    for (const auto& name : list->items) {
        rest.erase(name.to_string());
    }
    return Value::label_set(std::move(rest));
}

// .StartsAt.Format "15:04"
Result<Value> run_format(const Value& moment, Args args) {
    const auto* layout = args.size() == 1 ? args[0].get<std::string>() : nullptr;
    if (layout == nullptr) {
        return Error{"Format wants one layout behind it, such as \"15:04\""};
    }
    const auto& text = moment.get<TemplateMoment>()->text;
    if (text.empty()) {
        return Value(""); // a moment that has not come
    }
    auto out = format_moment(text, *layout);
    return out ? Result<Value>(Value(std::move(*out))) : out.error();
}

Result<Value> run_string(const Value& moment, Args args) {
    return no_arguments("String", args, moment.to_string());
}

Result<Value> run_utc(const Value& moment, Args args) {
    return no_arguments("UTC", args, moment);
}

} // namespace

TemplateMethod find_template_method(const Value& value, const std::string& name) {
    using Named = std::pair<std::string_view, TemplateMethod>;
    constexpr Named kOfLabelSets[] = {{"Names", run_names},
                                      {"Remove", run_remove},
                                      {"SortedPairs", run_sorted_pairs},
                                      {"Values", run_values}};
    constexpr Named kOfMoments[] = {
        {"Format", run_format}, {"String", run_string}, {"UTC", run_utc}};
    const auto* parts = value.composite();
    std::span<const Named> methods;
    if (parts != nullptr && parts->is_label_set) {
        methods = kOfLabelSets;
    } else if (value.get<TemplateMoment>() != nullptr) {
        methods = kOfMoments;
    }
    for (const auto& [known, method] : methods) {
        if (known == name) {
            return method;
        }
    }
    return nullptr;
}

Result<Value> template_field(const Value& value, const std::string& name) {
    const auto* parts = value.composite();
    if (parts != nullptr) {
        if (const auto found = parts->fields.find(name); found != parts->fields.end()) {
            return found->second;
        }
        if (parts->kind == TemplateComposite::Kind::Map) {
            return parts->of_any ? Value() : Value("");
        }
    }
    return Error{"can't evaluate field " + name + " in type " + value.type_name()};
}

} // namespace opsmon::rules
