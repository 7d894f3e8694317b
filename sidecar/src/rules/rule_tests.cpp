#include "rules/rule_tests.hpp"

#include "base/text.hpp"
#include "config/faults.hpp"
#include "config/section.hpp"
#include "rules/metric_text.hpp"
#include "rules/rule_reader.hpp"
#include "rules/series_values.hpp"
#include "rules/yaml_file.hpp"
#include "rules/yaml_number.hpp"

#include <algorithm>
#include <glob.h>
#include <set>

namespace opsmon::rules {
namespace {

using config::Faults;
using config::Located;
using config::Section;

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kMaxTextBytes = 64 * 1024;
constexpr std::size_t kMaxFiles = 1000;

// The files a pattern names, seen from the folder of the test file.
std::vector<std::string> find_files(const std::string& test_file, const std::string& pattern) {
    const auto slash = test_file.rfind('/');
    const auto path = pattern.front() == '/' || slash == std::string::npos
                          ? pattern
                          : test_file.substr(0, slash + 1) + pattern;
    std::vector<std::string> out;
    glob_t found{};
    if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < std::min(found.gl_pathc, kMaxFiles); ++i) {
            out.emplace_back(found.gl_pathv[i]);
        }
    }
    ::globfree(&found);
    return out;
}

class FileReader {
public:
    explicit FileReader(const std::string& path) : faults_(path) { out_.file = path; }

    Result<RuleTests> run(Result<YAML::Node> root) {
        if (!root) {
            return root.error();
        }
        drop_all(*root, 0);
        Section top(*root, "", faults_);
        for (auto& pattern : top.texts("rule_files", kMaxFiles, 4096)) {
            out_.rule_files.push_back(std::move(pattern.value));
        }
        const auto interval_ms = read_duration(top, "evaluation_interval", faults_).value_or(0);
        out_.evaluation_interval_ms = interval_ms == 0 ? 60'000 : interval_ms;
        std::set<std::string> seen;
        for (auto& group : top.texts("group_eval_order", kMaxEntries, kMaxNameBytes)) {
            if (!seen.insert(group.value).second) {
                faults_.add(group.line, "group_eval_order",
                            "the group \"" + group.value + "\" stands there twice");
            }
            out_.group_eval_order.push_back(std::move(group.value));
        }
        for (auto& section : top.sections("tests", kMaxEntries)) {
            read_group(section);
        }
        top.finish();
        return faults_.empty() ? Result<RuleTests>(std::move(out_)) : faults_.to_error();
    }

private:
    static void drop_all(const YAML::Node& node, int depth) {
        if (depth > 8) {
            return;
        }
        drop_empty_keys(node);
        if (node.IsMap()) {
            for (const auto& item : node) {
                const auto& key = item.first.IsScalar() ? item.first.Scalar() : std::string();
                if (key != "exp_labels" && key != "exp_annotations" && key != "external_labels") {
                    drop_all(item.second, depth + 1);
                }
            }
        } else if (node.IsSequence()) {
            for (const auto& item : node) {
                drop_all(item, depth + 1);
            }
        }
    }

    void read_group(Section& section) {
        TestGroup group;
        group.line = section.line();
        group.interval_ms = read_duration(section, "interval", faults_).value_or(0);
        if (const auto name = section.text("name", kMaxTextBytes)) {
            group.name = name->value;
        }
        group.external_labels = text_map(section, "external_labels");
        if (const auto url = section.text("external_url", kMaxTextBytes)) {
            group.external_url = url->value;
        }
        for (auto& one : section.sections("alert_rule_test", kMaxEntries)) {
            read_alert_case(one, group);
        }
        for (auto& one : section.sections("promql_expr_test", kMaxEntries)) {
            read_query_case(one, group);
        }
        // What lies behind the last moment asked for is never read.
        const auto steps = group.interval_ms == 0 ? 0 : group.ends_at() / group.interval_ms;
        for (auto& one : section.sections("input_series", kMaxEntries)) {
            read_series(one, static_cast<std::size_t>(steps) + 1, group);
        }
        section.finish();
        out_.groups.push_back(std::move(group));
    }

    void read_series(Section& section, std::size_t values_wanted, TestGroup& group) {
        section.be_lenient(); // no values at all are values
        const auto series = section.text("series", kMaxTextBytes);
        const auto values = section.text("values", 1 << 20);
        section.finish();
        if (!series) {
            faults_.add(section.line(), section.key_path("series"), "is missing");
            return;
        }
        auto labels = parse_input_series(series->value);
        if (!labels) {
            faults_.add(series->line, section.key_path("series"), labels.error().message);
            return;
        }
        auto parsed = parse_series_values(values ? values->value : "", values_wanted);
        if (!parsed) {
            faults_.add(values ? values->line : section.line(), section.key_path("values"),
                        parsed.error().message);
            return;
        }
        values_total_ += parsed->size();
        const bool cut_off = parsed->size() == kMaxSeriesValues && values_wanted > parsed->size();
        if (cut_off || values_total_ > kMaxSeriesValues) {
            faults_.add(section.line(), section.key_path("values"),
                        "more than " + std::to_string(kMaxSeriesValues) +
                            " samples in all; make the interval longer or eval_time earlier");
            return;
        }
        group.series.push_back({std::move(*labels), std::move(*parsed)});
    }

    void read_alert_case(Section& section, TestGroup& group) {
        AlertCase out;
        out.line = section.line();
        out.at = read_duration(section, "eval_time", faults_).value_or(0);
        if (const auto name = section.text("alertname", kMaxNameBytes)) {
            out.alertname = name->value;
        } else if (!section.has("alertname")) {
            faults_.add(section.line(), section.key_path("alertname"), "is missing");
        }
        for (auto& one : section.sections("exp_alerts", kMaxEntries)) {
            ExpectedAlert expected{text_map(one, "exp_labels"), text_map(one, "exp_annotations")};
            expected.labels["alertname"] = out.alertname;
            one.finish();
            out.expected.push_back(std::move(expected));
        }
        section.finish();
        group.alerts.push_back(std::move(out));
    }

    void read_query_case(Section& section, TestGroup& group) {
        QueryCase out;
        out.line = section.line();
        out.at = read_duration(section, "eval_time", faults_).value_or(0);
        if (const auto expr = section.text("expr", kMaxTextBytes)) {
            out.expr = expr->value;
        }
        for (auto& one : section.sections("exp_samples", kMaxEntries)) {
            read_sample(one, out);
        }
        section.finish();
        group.queries.push_back(std::move(out));
    }

    void read_sample(Section& section, QueryCase& out) {
        ExpectedSample sample;
        const auto labels = section.text("labels", kMaxTextBytes);
        const auto value = section.text("value", 64);
        section.finish();
        auto parsed = labels ? parse_metric(labels->value)
                             : Result<metrics::Labels>(Error{"is missing; write {} for none"});
        if (!parsed) {
            faults_.add(labels ? labels->line : section.line(), section.key_path("labels"),
                        parsed.error().message);
            return;
        }
        const bool quoted = section.is_quoted("value");
        const auto number = !value ? 0.0 : quoted ? std::nullopt : yaml_float(value->value);
        if (!number) {
            faults_.add(value->line, section.key_path("value"),
                        quoted ? "is a text in quotes; write a number without them"
                               : "is not a number");
            return;
        }
        out.expected.push_back({std::move(*parsed), *number});
    }

    static TextMap text_map(Section& section, const char* key) {
        return section.texts_by_name(key, kMaxEntries, kMaxTextBytes);
    }

    RuleTests out_;
    Faults faults_;
    std::size_t values_total_ = 0;
};

} // namespace

TimestampMs TestGroup::ends_at() const {
    TimestampMs out = 0;
    for (const auto& one : alerts) {
        out = std::max(out, one.at);
    }
    for (const auto& one : queries) {
        out = std::max(out, one.at);
    }
    return out;
}

std::vector<std::string> find_rule_files(const RuleTests& tests,
                                         std::vector<std::string>& without_file) {
    std::vector<std::string> out;
    for (const auto& pattern : tests.rule_files) {
        const auto files = find_files(tests.file, pattern);
        out.insert(out.end(), files.begin(), files.end());
        if (files.empty()) {
            without_file.push_back(pattern);
        }
    }
    return out;
}

Result<RuleTests> load_rule_tests(const std::string& path) {
    return FileReader(path).run(load_yaml_file(path));
}

Result<RuleTests> read_rule_tests(const std::string& path, const std::string& text) {
    return FileReader(path).run(read_yaml(path, text));
}

} // namespace opsmon::rules
