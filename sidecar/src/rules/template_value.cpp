#include "rules/template_value.hpp"

#include "rules/template_format.hpp"

namespace opsmon::rules {
namespace {

using Kind = TemplateComposite::Kind;

TemplateValue::Content composite_of(Kind kind, std::vector<TemplateValue> items,
                                    TemplateFields fields) {
    return std::make_shared<const TemplateComposite>(
        TemplateComposite{kind, std::move(items), std::move(fields), false, false});
}

std::string composite_to_string(const TemplateComposite& composite) {
    std::string out;
    if (composite.kind != Kind::Map) {
        for (const auto& item : composite.items) {
            out += (&item == composite.items.data() ? "" : " ") + item.to_string();
        }
        return composite.kind == Kind::List ? "[" + out + "]" : "{" + out + "}";
    }
    for (const auto& [name, value] : composite.fields) {
        out += (out.empty() ? "" : " ") + name + ":" + value.to_string();
    }
    return "map[" + out + "]";
}

} // namespace

TemplateValue TemplateValue::list(std::vector<TemplateValue> items, TemplateFields fields) {
    TemplateValue value;
    value.content_ = composite_of(Kind::List, std::move(items), std::move(fields));
    return value;
}

TemplateValue TemplateValue::map(TemplateFields fields) {
    TemplateValue value;
    value.content_ = composite_of(Kind::Map, {}, std::move(fields));
    return value;
}

TemplateValue TemplateValue::label_set(TemplateFields fields) {
    TemplateValue value;
    value.content_ = std::make_shared<const TemplateComposite>(
        TemplateComposite{Kind::Map, {}, std::move(fields), true, false});
    return value;
}

TemplateValue TemplateValue::map_of_any(TemplateFields fields) {
    TemplateValue value;
    value.content_ = std::make_shared<const TemplateComposite>(
        TemplateComposite{Kind::Map, {}, std::move(fields), false, true});
    return value;
}

TemplateValue
TemplateValue::record(const std::vector<std::pair<std::string, TemplateValue>>& fields) {
    std::vector<TemplateValue> items;
    for (const auto& [name, value] : fields) {
        items.push_back(value);
    }
    TemplateValue out;
    out.content_ = composite_of(Kind::Record, std::move(items), {fields.begin(), fields.end()});
    return out;
}

TemplateValue TemplateValue::map_of(const metrics::Labels& labels) {
    TemplateFields fields;
    for (const auto& [name, value] : labels.pairs()) {
        fields.emplace(name, value);
    }
    return map(std::move(fields));
}

const TemplateComposite* TemplateValue::composite() const {
    const auto* pointer = get<Composite>();
    return pointer == nullptr ? nullptr : pointer->get();
}

bool TemplateValue::truth() const {
    if (const auto* boolean = get<bool>()) {
        return *boolean;
    }
    if (const auto* integer = get<std::int64_t>()) {
        return *integer != 0;
    }
    if (const auto* number = get<double>()) {
        return *number != 0;
    }
    if (const auto* text = get<std::string>()) {
        return !text->empty();
    }
    if (const auto* moment = get<TemplateMoment>()) {
        return !moment->text.empty();
    }
    const auto* parts = composite();
    if (parts == nullptr) {
        return false;
    }
    switch (parts->kind) {
    case Kind::List:
        return !parts->items.empty();
    case Kind::Map:
        return !parts->fields.empty();
    case Kind::Record:
        return true;
    }
    return false;
}

std::string TemplateValue::to_string() const {
    if (const auto* boolean = get<bool>()) {
        return *boolean ? "true" : "false";
    }
    if (const auto* integer = get<std::int64_t>()) {
        return std::to_string(*integer);
    }
    if (const auto* number = get<double>()) {
        return format_float(*number);
    }
    if (const auto* text = get<std::string>()) {
        return *text;
    }
    if (const auto* moment = get<TemplateMoment>()) {
        return moment->text;
    }
    const auto* parts = composite();
    return parts == nullptr ? "<nil>" : composite_to_string(*parts);
}

const char* TemplateValue::type_name() const {
    constexpr const char* kNames[] = {"nil", "bool", "int", "float64", "string", "", "*time.Time"};
    const auto* parts = composite();
    if (parts == nullptr) {
        return kNames[content_.index()];
    }
    switch (parts->kind) {
    case Kind::List:
        return "list";
    case Kind::Map:
        return "map[string]string";
    case Kind::Record:
        return "struct";
    }
    return "";
}

} // namespace opsmon::rules
