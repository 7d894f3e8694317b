#include "rules/rule_file.hpp"

#include "base/text.hpp"
#include "config/faults.hpp"
#include "config/section.hpp"
#include "promql/duration.hpp"
#include "rules/yaml_file.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace opsmon::rules {
namespace {

using config::Faults;
using config::Section;

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxTemplateBytes = 16 * 1024;
constexpr std::size_t kMaxLabels = 64;
constexpr TimestampMs kMinInterval_ms = 1000;

int line_of(const YAML::Node& node) {
    return node.Mark().is_null() ? 1 : node.Mark().line + 1;
}

bool is_label_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !name.empty() && is_letter(name[0]) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// Reads one file; what is wrong goes to the faults.
class FileReader {
public:
    FileReader(std::string path, std::size_t rules_left)
        : path_(std::move(path)), faults_(path_), rules_left_(rules_left) {}

    Result<std::vector<Group>> run() {
        auto root = load_yaml_file(path_);
        if (!root) {
            return root.error();
        }
        Section top(*root, "", faults_);
        if (!root->IsMap() || !(*root)["groups"]) {
            faults_.add(1, "groups", "is missing; a rule file is a list of groups");
        }
        std::vector<Group> groups;
        auto sections = top.sections("groups", kMaxRules);
        for (std::size_t i = 0; i < sections.size(); ++i) {
            read_group(sections[i], (*root)["groups"][i], groups);
        }
        top.finish();
        if (!faults_.empty()) {
            return faults_.to_error();
        }
        return groups;
    }

private:
    void read_group(Section& section, const YAML::Node& node, std::vector<Group>& groups) {
        Group group;
        group.file = path_;
        if (const auto name = required(section, node, "name", kMaxNameBytes)) {
            group.name = name->value;
            if (!group_names_.insert(group.name).second) {
                faults_.add(name->line, section.key_path("name"),
                            "the group \"" + group.name + "\" exists twice in this file");
            }
        }
        group.interval_ms = duration(section, "interval").value_or(kDefaultInterval_ms);
        if (group.interval_ms < kMinInterval_ms) {
            faults_.add(section.line(), section.key_path("interval"), "must be 1s or more");
        }
        group.limit = limit(section);
        auto rules = section.sections("rules", kMaxRules);
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (rules_left_ == 0) {
                faults_.add(rules[i].line(), section.key_path("rules"),
                            "more than " + std::to_string(kMaxRules) + " rules in all files");
                break;
            }
            --rules_left_;
            if (auto rule = read_rule(rules[i], node["rules"][i])) {
                group.rules.push_back(std::move(*rule));
            }
        }
        section.finish();
        groups.push_back(std::move(group));
    }

    // Nothing where the rule is faulty: the faults say why.
    std::optional<Rule> read_rule(Section& section, const YAML::Node& node) {
        if (const auto record = section.text("record", kMaxNameBytes)) {
            faults_.add(record->line, section.key_path("record"),
                        "recording rules are not supported in this version; write the expression "
                        "into the alert, or leave this rule to Prometheus");
            return std::nullopt;
        }
        const auto alert = required(section, node, "alert", kMaxNameBytes);
        auto expr = expression(section, node);
        const auto for_ms = duration(section, "for").value_or(0);
        const auto keep_ms = duration(section, "keep_firing_for").value_or(0);
        auto labels = templates(section, node, "labels");
        auto annotations = templates(section, node, "annotations");
        section.finish();
        if (!alert || !expr) {
            return std::nullopt;
        }
        return Rule{alert->value, std::move(*expr),  for_ms,
                    keep_ms,      std::move(labels), std::move(annotations)};
    }

    std::optional<config::Located<std::string>> required(Section& section, const YAML::Node& node,
                                                         const char* key, std::size_t max_bytes) {
        if (node.IsMap() && !node[key]) {
            faults_.add(section.line(), section.key_path(key), "is missing");
        }
        return section.text(key, max_bytes);
    }

    std::optional<promql::Expression> expression(Section& section, const YAML::Node& node) {
        const auto text = required(section, node, "expr", kMaxTemplateBytes);
        if (!text) {
            return std::nullopt;
        }
        auto expression = promql::parse(text->value);
        if (!expression) {
            faults_.add(text->line, section.key_path("expr"), expression.error().message);
            return std::nullopt;
        }
        if (expression->type() == promql::ValueType::String) {
            faults_.add(text->line, section.key_path("expr"),
                        "gives a string; an alert needs an instant vector or a scalar");
            return std::nullopt;
        }
        return std::move(*expression);
    }

    std::optional<TimestampMs> duration(Section& section, const char* key) {
        const auto text = section.text(key, 64);
        if (!text) {
            return std::nullopt;
        }
        const auto duration_ms = promql::parse_duration_ms(text->value);
        if (!duration_ms) {
            faults_.add(text->line, section.key_path(key), duration_ms.error().message);
            return std::nullopt;
        }
        return *duration_ms;
    }

    std::size_t limit(Section& section) {
        const auto text = section.text("limit", 32);
        if (!text) {
            return 0;
        }
        const auto number = parse_count(text->value);
        if (!number) {
            faults_.add(text->line, section.key_path("limit"), "must be a whole number, 0 or more");
        }
        return number.value_or(0);
    }

    std::vector<NamedTemplate> templates(Section& section, const YAML::Node& rule,
                                         const char* key) {
        std::vector<NamedTemplate> out;
        const auto inner = section.section(key); // says what is no mapping, and what is there twice
        const auto node = rule.IsMap() ? rule[key] : YAML::Node();
        if (!inner || !node.IsMap()) {
            return out;
        }
        if (node.size() > kMaxLabels) {
            faults_.add(line_of(node), section.key_path(key),
                        "has more than " + std::to_string(kMaxLabels) + " entries");
            return out;
        }
        for (const auto& item : node) {
            read_template(item.first, item.second, section.key_path(key), out);
        }
        return out;
    }

    void read_template(const YAML::Node& name, const YAML::Node& value, const std::string& where,
                       std::vector<NamedTemplate>& out) {
        if (!name.IsScalar()) {
            return; // the section has said so
        }
        const auto key = where + "." + name.Scalar().substr(0, kMaxNameBytes);
        if (!is_label_name(name.Scalar()) || name.Scalar() == metrics::kMetricName) {
            faults_.add(line_of(name), key, "is not a name; use letters, digits and _");
        } else if (!value.IsScalar() && !value.IsNull()) {
            faults_.add(line_of(name), key, "must be a text");
        } else if (value.IsScalar() && value.Scalar().size() > kMaxTemplateBytes) {
            faults_.add(line_of(name), key,
                        "is longer than " + std::to_string(kMaxTemplateBytes) + " bytes");
        } else {
            auto text =
                Template::parse(value.IsNull() ? "" : value.Scalar(), TemplateDialect::Rule);
            if (!text) {
                faults_.add(line_of(value), key, text.error().message);
                return;
            }
            out.emplace_back(name.Scalar(), std::move(*text));
        }
    }

    std::string path_;
    Faults faults_;
    std::size_t rules_left_;
    std::set<std::string> group_names_;
};

} // namespace

Result<std::vector<Group>> load_rule_files(const std::vector<std::string>& paths) {
    std::vector<Group> groups;
    std::string faults;
    std::size_t rules_left = kMaxRules;
    for (const auto& path : paths) {
        auto loaded = FileReader(path, rules_left).run();
        if (!loaded) {
            faults += (faults.empty() ? "" : "\n") + loaded.error().message;
            continue;
        }
        for (auto& group : *loaded) {
            rules_left -= group.rules.size();
            groups.push_back(std::move(group));
        }
    }
    if (!faults.empty()) {
        return Error{std::move(faults)};
    }
    return groups;
}

} // namespace opsmon::rules
