#include "rules/rule_file.hpp"

#include "rules/rule_reader.hpp"
#include "rules/yaml_file.hpp"
#include "rules/yaml_number.hpp"

#include <algorithm>
#include <set>

namespace opsmon::rules {
namespace {

using config::Faults;
using config::Section;

// Reads one file; what is wrong goes to the faults.
class FileReader {
public:
    FileReader(std::string path, std::size_t rules_left)
        : path_(std::move(path)), faults_(path_), rules_left_(rules_left) {}

    Result<std::vector<Group>> run(Result<YAML::Node> root) {
        if (!root) {
            return root.error();
        }
        drop_all_empty_keys(*root);
        Section top(*root, "", faults_);
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
    static void drop_all_empty_keys(YAML::Node& root) {
        drop_empty_keys(root);
        if (!root.IsMap() || !root["groups"].IsSequence()) {
            return;
        }
        for (auto group : root["groups"]) {
            drop_empty_keys(group);
            if (group.IsMap() && group["rules"].IsSequence()) {
                for (auto rule : group["rules"]) {
                    drop_empty_keys(rule);
                }
            }
        }
    }

    void read_group(Section& section, const YAML::Node& node, std::vector<Group>& groups) {
        Group group;
        group.file = path_;
        read_name(section, node, group);
        const auto interval_ms = read_duration(section, "interval", faults_).value_or(0);
        group.has_own_interval = interval_ms > 0;
        group.interval_ms = interval_ms > 0 ? interval_ms : kDefaultInterval_ms;
        group.limit = limit(section);
        auto rules = section.sections("rules", kMaxRules);
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (rules_left_ == 0) {
                faults_.add(rules[i].line(), section.key_path("rules"),
                            "more than " + std::to_string(kMaxRules) + " rules in all files");
                break;
            }
            --rules_left_;
            if (auto rule = read_rule(rules[i], node["rules"][i], faults_)) {
                group.rules.push_back(std::move(*rule));
            }
        }
        section.finish();
        groups.push_back(std::move(group));
    }

    void read_name(Section& section, const YAML::Node& node, Group& group) {
        if (node.IsMap() && !node["name"]) {
            faults_.add(section.line(), section.key_path("name"), "is missing");
        }
        const auto name = section.text("name", kMaxNameBytes);
        if (!name) {
            return;
        }
        group.name = name->value;
        if (!group_names_.insert(group.name).second) {
            faults_.add(name->line, section.key_path("name"),
                        "the group \"" + group.name + "\" exists twice in this file");
        }
    }

    // What is below 1 is no limit.
    std::size_t limit(Section& section) {
        const auto text = section.text("limit", 64);
        if (!text) {
            return 0;
        }
        const auto number = yaml_integer(text->value);
        if (!number || section.is_quoted("limit")) {
            faults_.add(text->line, section.key_path("limit"),
                        "is not a whole number, written without quotes");
            return 0;
        }
        return static_cast<std::size_t>(std::max<std::int64_t>(0, *number));
    }

    std::string path_;
    Faults faults_;
    std::size_t rules_left_;
    std::set<std::string> group_names_;
};

} // namespace

Result<std::vector<Group>> read_rule_file(const std::string& path, const std::string& text) {
    return FileReader(path, kMaxRules).run(read_yaml(path, text));
}

Result<std::vector<Group>> load_rule_files(const std::vector<std::string>& paths) {
    std::vector<Group> groups;
    std::string faults;
    std::size_t rules_left = kMaxRules;
    for (const auto& path : paths) {
        auto loaded = FileReader(path, rules_left).run(load_yaml_file(path));
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
