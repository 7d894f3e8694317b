#include "rules/rule_reader.hpp"

#include "promql/duration.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

using config::Faults;
using config::Located;
using config::Section;

constexpr std::size_t kMaxTemplateBytes = 16 * 1024;
constexpr std::size_t kMaxLabels = 64;

int line_of(const YAML::Node& node) {
    return node.Mark().is_null() ? 1 : node.Mark().line + 1;
}

bool is_name(std::string_view name, bool with_colons) {
    const auto is_letter = [with_colons](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (with_colons && c == ':');
    };
    return !name.empty() && is_letter(name[0]) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

class RuleReader {
public:
    RuleReader(Section& section, const YAML::Node& node, Faults& faults)
        : section_(section), node_(node), faults_(faults) {}

    std::optional<Rule> run() {
        const auto record = section_.text("record", kMaxNameBytes);
        const auto alert = section_.text("alert", kMaxNameBytes);
        auto expr = expression();
        Rule rule{alert ? alert->value : "", expr.value_or(*promql::parse("0")), 0, 0, {}, {}};
        rule.line = section_.line();
        rule.for_ms = read_duration(section_, "for", faults_).value_or(0);
        rule.keep_firing_for_ms = read_duration(section_, "keep_firing_for", faults_).value_or(0);
        if (record) {
            read_record(*record, rule);
        } else {
            read_labels("labels", [&](const std::string& name, const YAML::Node& value,
                                      const std::string& key) {
                read_template(name, value, key, rule.labels);
            });
            read_labels("annotations", [&](const std::string& name, const YAML::Node& value,
                                           const std::string& key) {
                read_template(name, value, key, rule.annotations);
            });
        }
        section_.finish();
        if (!record && !alert && node_.IsMap() && !node_["alert"] && !node_["record"]) {
            faults_.add(section_.line(), section_.key_path("alert"),
                        "is missing; a rule has either alert or record");
        }
        return (record || alert) && expr ? std::optional<Rule>(std::move(rule)) : std::nullopt;
    }

private:
    void read_record(const Located<std::string>& record, Rule& rule) {
        if (!is_name(record.value, true)) {
            faults_.add(record.line, section_.key_path("record"),
                        "is not the name of a metric; use letters, digits, _ and :");
        }
        if (!rule.alert.empty()) {
            faults_.add(record.line, section_.key_path("record"),
                        "stands beside alert; a rule has one of the two");
        }
        for (const char* key : {"for", "keep_firing_for", "annotations"}) {
            if (const auto value = node_[key];
                value && (!value.IsMap() || value.size() > 0) && !is_zero(value)) {
                faults_.add(line_of(value), section_.key_path(key),
                            "belongs to an alert; a recording rule cannot have it");
            }
        }
        (void)section_.section("annotations");
        rule.record = record.value;
        read_labels("labels",
                    [&](const std::string& name, const YAML::Node& value, const std::string&) {
                        rule.record_labels.emplace_back(name, value.IsNull() ? "" : value.Scalar());
                    });
    }

    static bool is_zero(const YAML::Node& value) {
        const auto duration_ms =
            value.IsScalar() ? promql::parse_duration_ms(value.Scalar()) : Result<std::int64_t>(1);
        return duration_ms && *duration_ms == 0;
    }

    std::optional<promql::Expression> expression() {
        if (node_.IsMap() && !node_["expr"]) {
            faults_.add(section_.line(), section_.key_path("expr"), "is missing");
        }
        const auto text = section_.text("expr", kMaxTemplateBytes);
        if (!text) {
            return std::nullopt;
        }
        auto expression = promql::parse(text->value);
        if (!expression) {
            faults_.add(text->line, section_.key_path("expr"), expression.error().message);
            return std::nullopt;
        }
        if (expression->type() != promql::ValueType::InstantVector &&
            expression->type() != promql::ValueType::Scalar) {
            faults_.add(text->line, section_.key_path("expr"),
                        std::string("gives a ") + promql::to_text(expression->type()) +
                            "; a rule needs an instant vector or a scalar");
            return std::nullopt;
        }
        return std::move(*expression);
    }

    template <typename Read>
    void read_labels(const char* key, Read read) {
        const auto inner = section_.section(key); // says what is no mapping, or is there twice
        const auto node = node_.IsMap() ? node_[key] : YAML::Node();
        if (!inner || !node.IsMap()) {
            return;
        }
        if (node.size() > kMaxLabels) {
            faults_.add(line_of(node), section_.key_path(key),
                        "has more than " + std::to_string(kMaxLabels) + " entries");
            return;
        }
        const bool of_series = std::string_view(key) == "labels";
        for (const auto& item : node) {
            if (!item.first.IsScalar()) {
                continue; // the section has said so
            }
            const auto& name = item.first.Scalar();
            const auto where = section_.key_path(key) + "." + name.substr(0, kMaxNameBytes);
            if (!is_name(name, false) || (of_series && name == metrics::kMetricName)) {
                faults_.add(line_of(item.first), where, "is not a name; use letters, digits and _");
            } else if (!item.second.IsScalar() && !item.second.IsNull()) {
                faults_.add(line_of(item.first), where, "must be a text");
            } else if (item.second.IsScalar() && item.second.Scalar().size() > kMaxTemplateBytes) {
                faults_.add(line_of(item.first), where,
                            "is longer than " + std::to_string(kMaxTemplateBytes) + " bytes");
            } else {
                read(name, item.second, where);
            }
        }
    }

    void read_template(const std::string& name, const YAML::Node& value, const std::string& key,
                       std::vector<NamedTemplate>& out) {
        auto text = Template::parse(value.IsNull() ? "" : value.Scalar(), TemplateDialect::Rule);
        if (!text) {
            faults_.add(line_of(value), key, text.error().message);
            return;
        }
        out.emplace_back(name, std::move(*text));
    }

    Section& section_;
    const YAML::Node& node_;
    Faults& faults_;
};

} // namespace

void drop_empty_keys(YAML::Node node) {
    if (!node.IsMap()) {
        return;
    }
    std::vector<std::string> empty;
    for (const auto& item : node) {
        if (item.first.IsScalar() && item.second.IsNull()) {
            empty.push_back(item.first.Scalar());
        }
    }
    for (const auto& key : empty) {
        node.remove(key);
    }
}

std::optional<TimestampMs> read_duration(Section& section, const char* key, Faults& faults) {
    const auto text = section.text(key, 64);
    if (!text) {
        return std::nullopt;
    }
    const auto duration_ms = promql::parse_duration_ms(text->value);
    if (!duration_ms) {
        faults.add(text->line, section.key_path(key), duration_ms.error().message);
        return std::nullopt;
    }
    return *duration_ms;
}

std::optional<Rule> read_rule(Section& section, const YAML::Node& node, Faults& faults) {
    return RuleReader(section, node, faults).run();
}

} // namespace opsmon::rules
