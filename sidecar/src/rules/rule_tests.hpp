#pragma once
// This component reads unit tests of rules in promtool's format: which rule files, which series,
// which alerts and results at which time. The runner of rule tests gets them checked. All faults of
// a file are reported at once, with their lines.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "metrics/labels.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace opsmon::rules {

struct InputSeries {
    metrics::Labels labels;
    std::vector<std::optional<double>> values;
};

using TextMap = std::map<std::string, std::string>;

struct ExpectedAlert {
    TextMap labels; // with alertname
    TextMap annotations;

    friend bool operator==(const ExpectedAlert&, const ExpectedAlert&) = default;
    friend auto operator<=>(const ExpectedAlert&, const ExpectedAlert&) = default;
};

struct AlertCase {
    int line = 0;
    TimestampMs at = 0;
    std::string alertname;
    std::vector<ExpectedAlert> expected;
};

struct ExpectedSample {
    metrics::Labels labels;
    double value = 0;
};

struct QueryCase {
    int line = 0;
    TimestampMs at = 0;
    std::string expr; // not checked: one that is faulty is a test that fails
    std::vector<ExpectedSample> expected;
};

struct TestGroup {
    int line = 0;
    std::string name;
    TimestampMs interval_ms = 0;
    std::vector<InputSeries> series;
    std::vector<AlertCase> alerts;
    std::vector<QueryCase> queries;
    TextMap external_labels;
    std::string external_url;

    [[nodiscard]] TimestampMs ends_at() const; // the last moment asked for
};

struct RuleTests {
    std::string file;
    std::vector<std::string> rule_files; // names or patterns, seen from the folder of the file
    TimestampMs evaluation_interval_ms = 60'000;
    std::vector<std::string> group_eval_order;
    std::vector<TestGroup> groups;
};

[[nodiscard]] Result<RuleTests> load_rule_tests(const std::string& path);
// The rule files that are there; the patterns that name none are added to `without_file`.
[[nodiscard]] std::vector<std::string> find_rule_files(const RuleTests& tests,
                                                       std::vector<std::string>& without_file);
// The text of a file; faults are told under the name `path`.
[[nodiscard]] Result<RuleTests> read_rule_tests(const std::string& path, const std::string& text);

} // namespace opsmon::rules
