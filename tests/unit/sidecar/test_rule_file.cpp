#include <catch2/catch.hpp>

#include <map>

#include "rules/rule_file.hpp"
#include "support/scratch_file.hpp"
#include "support/yaml_library.hpp"

using namespace opsmon;
using test::ScratchFile;

namespace {

std::string fault(const std::string& text) {
    const ScratchFile file(text);
    const auto loaded = rules::load_rule_files({file.path()});
    return loaded ? "" : loaded.error().message;
}

const char* const kUsers = R"(groups:
  - name: users
    interval: 30s
    rules:
      - alert: PostgreSQLReplicationLagHigh
        expr: postgresql_replication_lag_bytes > 100000000
        for: 5m
        keep_firing_for: 1m
        labels:
          severity: critical
        annotations:
          description: 'Slave {{ $labels.slave }} is {{ $value | humanize }} bytes behind'
)";

} // namespace

TEST_CASE("loads_a_rule_file_of_prometheus", "[rules]") {
    const ScratchFile file(kUsers);
    const auto loaded = rules::load_rule_files({file.path()});
    REQUIRE(loaded);
    REQUIRE(loaded->size() == 1);
    const auto& group = loaded->front();
    CHECK(group.name == "users");
    CHECK(group.file == file.path());
    CHECK(group.interval_ms == 30'000);
    REQUIRE(group.rules.size() == 1);
    const auto& rule = group.rules.front();
    CHECK(rule.alert == "PostgreSQLReplicationLagHigh");
    CHECK(rule.for_ms == 300'000);
    CHECK(rule.keep_firing_for_ms == 60'000);
    CHECK(rule.labels.size() == 1);
    CHECK(rule.annotations.size() == 1);
}

TEST_CASE("a_group_without_an_interval_has_five_seconds", "[rules]") {
    const ScratchFile file("groups: [{name: a, rules: []}]");
    const auto loaded = rules::load_rule_files({file.path()});
    REQUIRE(loaded);
    CHECK(loaded->front().interval_ms == 5000);
}

TEST_CASE("all_faults_of_all_rule_files_are_reported_at_once", "[rules]") {
    const ScratchFile first(R"(groups:
  - name: a
    rules:
      - alert: One
        expr: histogram_sum(m) > 1
        fro: 5m
      - expr: m
        for: soon
  - name: a
    rules:
      - alert: Two
        annotations: {d: '{{ nonsense }}'}
)");
    const ScratchFile second("groups: 5\n");
    const auto loaded = rules::load_rule_files({first.path(), second.path()});
    REQUIRE_FALSE(loaded);
    const auto& text = loaded.error().message;
    const auto& path = first.path();
    for (const auto& expected :
         {path + ":5: groups[0].rules[0].expr: 1:1: parse error: histogram_sum() is not supported",
          path + ":6: groups[0].rules[0].fro: is not a key here",
          path + ":7: groups[0].rules[1].alert: is missing",
          path + ":8: groups[0].rules[1].for: \"soon\" is not a duration",
          path + ":9: groups[1].name: the group \"a\" exists twice",
          path + ":11: groups[1].rules[0].expr: is missing",
          path + ":12: groups[1].rules[0].annotations.d: 1:4: parse error: function \"nonsense\"",
          second.path() + ":1: groups: must be a list"}) {
        CHECK_THAT(text, Catch::Contains(expected));
    }
}

TEST_CASE("faulty_rule_files_are_refused", "[rules]") {
    const auto rule = [](const std::string& inner) {
        return "groups: [{name: g, rules: [{alert: A, expr: m, " + inner + "}]}]";
    };
    const auto record = [](const std::string& inner) {
        return "groups: [{name: g, rules: [{expr: m, " + inner + "}]}]";
    };
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"[]", "must be a mapping"},
        {"a: b: c", "is not valid YAML"},
        {"groups: []\n---\ngroups: []", ":2: a second YAML document begins"},
        {",a",
         test::yaml_library_refuses(",a") ? "is not valid YAML" : "a second YAML document begins"},
        {"\xff", "UTF-8"},
        {"groups: [{rules: []}]", "groups[0].name: is missing"},
        {"groups: [{name: a, limit: x}]", "limit: is not a whole number"},
        {"groups: [{name: a, limit: \"5\"}]",
         "limit: is not a whole number, written without quotes"},
        {"groups: [{name: a, limit: !!str 5}]", "limit: is not a whole number"},
        {"groups: [{name: a, limit: .inf}]", "limit: is not a whole number"},
        {"groups: [] # \x01", ":1: a control character stands here"},
        {std::string("\n#\0", 3), ":2: a control character stands here"},
        {"# \xEF\xBB\xBF", "a control character"},
        {"\xFF\xFEg", "nor UTF-16 with its mark"},
        {std::string("\xFF\xFE\x00\xD8g\x00", 6), "nor UTF-16 with its mark"},
        {"groups: [{<<: 5, name: a}]", ":1: << needs a mapping, or a list of mappings"},
        {"groups: [{<<: [5], name: a}]", "<< needs a mapping"},
        {"groups:\n- <<: {name: a}\n  <<: {limit: 5}", ":2: << stands twice in one mapping"},
        {"groups: [{'<<': {name: a}}]", "groups[0].name: is missing"}, // quoted it is only a name
        {"groups: &a [*a]", "nested too deep"},
        {record("record: 'a b'"), "record: is not the name of a metric"},
        {record("record: a, for: 1m"), "for: belongs to an alert"},
        {record("record: a, keep_firing_for: 1m"), "keep_firing_for: belongs to an alert"},
        {record("record: a, annotations: {b: c}"), "annotations: belongs to an alert"},
        {record("record: a, alert: b"), "record: stands beside alert"},
        {record("for: 1m"), "alert: is missing; a rule has either alert or record"},
        {"groups: [{name: a, rules: [{alert: A, expr: '\"text\"'}]}]", "gives a string"},
        {rule("for: 5"), "is not a duration"},
        {rule("labels: {'a-b': x}"), "labels.a-b: is not a name"},
        {rule("labels: {__name__: x}"), "labels.__name__: is not a name"},
        {rule("labels: {a: [x]}"), "labels.a: must be a text"},
        {rule("labels: {a: x, a: y}"), "is given twice"},
        {rule("alert: B"), "is given twice"},
        {rule("annotations: {d: '{{ if }}'}"), "missing value for command"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
    const auto missing = rules::load_rule_files({"/nowhere/rules.yml"});
    REQUIRE_FALSE(missing);
    CHECK_THAT(missing.error().message, Catch::Contains("/nowhere/rules.yml"));
}

TEST_CASE("loads_recording_rules", "[rules]") {
    const ScratchFile file(R"(groups:
  - name: a
    limit: -1
    rules:
      - record: job:m:sum
        expr: m
        labels: {team: db, size: 5, none: }
      - record: b
        expr: 1
        for: 0s
        annotations: {}
)");
    const auto loaded = rules::load_rule_files({file.path()});
    REQUIRE(loaded);
    const auto& group = loaded->front();
    CHECK(group.limit == 0);
    REQUIRE(group.rules.size() == 2);
    const auto& rule = group.rules.front();
    CHECK(rule.records());
    CHECK(rule.name() == "job:m:sum");
    CHECK(rule.line == 5);
    CHECK(rule.record_labels ==
          std::vector<metrics::Labels::Pair>{{"team", "db"}, {"size", "5"}, {"none", ""}});
}

TEST_CASE("what_is_empty_for_prometheus_is_empty_here", "[rules]") {
    for (const char* text :
         {"", "# nothing", "{}", "groups:", "groups: []", "groups: [{name: a}]",
          "groups: [{name: a, rules: }]", "groups: [{name: a, interval: 0s, limit: , rules: []}]",
          "groups: [{name: a, rules: [{alert: A, expr: m, for: , labels: , annotations: }]}]",
          "groups: [{name: a, rules: [{alert: A, expr: m, annotations: {__name__: x, b: }}]}]"}) {
        CAPTURE(text);
        CHECK(fault(text).empty());
    }
}

TEST_CASE("too_much_in_a_rule_file_is_refused", "[rules]") {
    std::string many = "groups:\n- name: a\n  rules:\n";
    for (std::size_t i = 0; i < 600; ++i) {
        many += "  - {alert: A, expr: m}\n";
    }
    const ScratchFile first(many);
    const ScratchFile second(many);
    CHECK(rules::load_rule_files({first.path()}));
    const auto both = rules::load_rule_files({first.path(), second.path()});
    REQUIRE_FALSE(both);
    CHECK_THAT(both.error().message, Catch::Contains("more than 1000 rules"));
    CHECK_FALSE(fault("# " + std::string(2 << 20, 'x')).empty());
    CHECK_FALSE(fault(std::string(100'000, '[')).empty());
}

TEST_CASE("merge_keys_give_what_a_mapping_does_not_say_itself", "[rules]") {
    const auto loaded = rules::read_rule_file("r.yml", R"(groups:
  - name: a
    rules:
      - &base
        alert: A
        expr: m > 1
        for: 5m
        labels: &labels {team: db, severity: page}
      - <<: *base
        alert: B
        labels: {<<: [{team: web, x: y}, *labels], x: z}
  - <<: {limit: 7}
    name: b
)");
    REQUIRE(loaded);
    const auto& rules = loaded->front().rules;
    REQUIRE(rules.size() == 2);
    CHECK(rules[1].alert == "B");
    CHECK(rules[1].for_ms == 300'000);
    std::map<std::string, std::string> labels;
    for (const auto& [name, text] : rules[1].labels) {
        labels.emplace(name, text.text());
    }
    CHECK(labels ==
          std::map<std::string, std::string>{{"severity", "page"}, {"team", "web"}, {"x", "z"}});
    CHECK((*loaded)[1].limit == 7);
}

TEST_CASE("a_limit_is_a_number_as_yaml_writes_them", "[rules]") {
    const std::vector<std::pair<std::string, std::size_t>> cases = {
        {"5", 5},      {"5.5", 5},         {"-5.5", 0},
        {"0x10", 16},  {"0o10", 8},        {"010", 8},
        {"08", 8},     {"0b11", 3},        {"1_000", 1000},
        {"1e3", 1000}, {"+5", 5},          {"5_", 5},
        {"-1", 0},     {"!!int \"5\"", 5}, {"9223372036854775807", 9223372036854775807U}};
    for (const auto& [text, limit] : cases) {
        CAPTURE(text);
        const auto loaded =
            rules::read_rule_file("r.yml", "groups: [{name: a, limit: " + text + "}]");
        REQUIRE(loaded);
        CHECK(loaded->front().limit == limit);
    }
    for (const auto* text : {"1e30", "9223372036854775808", "0x", "1x", ".", "_1", "true"}) {
        CAPTURE(text);
        CHECK_FALSE(rules::read_rule_file("r.yml",
                                          std::string("groups: [{name: a, limit: ") + text + "}]"));
    }
}

TEST_CASE("a_rule_file_in_utf_16_is_read", "[rules]") {
    const std::string text = "groups: [{name: a, rules: [{alert: A, expr: m}]}] # é\U0001F600";
    std::string little = "\xFF\xFE";
    std::string big = "\xFE\xFF";
    for (const char16_t c :
         std::u16string(u"groups: [{name: a, rules: [{alert: A, expr: m}]}] # é\U0001F600")) {
        for (auto* out : {&little, &big}) {
            const char bytes[] = {static_cast<char>(c >> 8), static_cast<char>(c & 0xFF)};
            *out += out == &big ? bytes[0] : bytes[1];
            *out += out == &big ? bytes[1] : bytes[0];
        }
    }
    for (const auto& written : {text, "\xEF\xBB\xBF" + text, little, big}) {
        const auto loaded = rules::read_rule_file("r.yml", written);
        REQUIRE(loaded);
        CHECK(loaded->front().rules.size() == 1);
    }
}
