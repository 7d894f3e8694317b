#include <catch2/catch.hpp>

#include "rules/rule_file.hpp"
#include "rules/rule_test_run.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using test::ScratchFile;

namespace {

const char* const kRules = R"(groups:
  - name: g
    interval: 1h
    rules:
      - record: twice
        expr: m * 2
      - alert: High
        expr: twice > 5
        for: 2m
        labels: {severity: page}
        annotations: {text: '{{ $value }} in {{ $externalLabels.dc }}'}
)";

std::string run(const std::string& tests) {
    const ScratchFile rule_file(kRules);
    const ScratchFile test_file("rule_files: [" + rule_file.path() + "]\ntests:\n" + tests);
    const auto loaded = rules::load_rule_tests(test_file.path());
    if (!loaded) {
        return loaded.error().message;
    }
    const auto groups = rules::load_rule_files(loaded->rule_files);
    REQUIRE(groups);
    std::string out;
    for (const auto& fault : rules::run_rule_tests(*loaded, *groups)) {
        out += (out.empty() ? "" : "\n") + fault;
    }
    return out;
}

const std::string kSeries = R"(  - interval: 1m
    external_labels: {dc: one}
    input_series: [{series: 'm{a="x"}', values: '5x10'}]
)";

} // namespace

TEST_CASE("a_rule_test_that_holds_says_nothing", "[rules]") {
    CHECK(run(kSeries + R"(
    alert_rule_test:
      - {eval_time: 1m, alertname: High, exp_alerts: []}
      - eval_time: 2m
        alertname: High
        exp_alerts:
          - exp_labels: {severity: page, a: x}
            exp_annotations: {text: 10 in one}
    promql_expr_test:
      - {expr: twice, eval_time: 3m, exp_samples: [{labels: 'twice{a="x"}', value: 10}]}
)") == "");
}

TEST_CASE("a_rule_test_that_fails_says_where_and_what_it_got", "[rules]") {
    const auto said = run(kSeries + R"(    name: mine
    alert_rule_test:
      - {eval_time: 2m, alertname: High, exp_alerts: []}
    promql_expr_test:
      - {expr: twice, eval_time: 3m, exp_samples: [{labels: 'twice{a="x"}', value: 11}]}
      - {expr: m +, eval_time: 3m}
)");
    for (const char* part :
         {":8: mine: alertname: High, time: 120s", "expected: none",
          "{a=\"x\", alertname=\"High\", severity=\"page\"}", "{text=\"10 in one\"}",
          ":10: mine: expr: \"twice\", time: 180s", "expected: twice{a=\"x\"} 11",
          "got: twice{a=\"x\"} 10", ":11: mine: expr: \"m +\", time: 180s: 1:4: parse error"}) {
        CHECK_THAT(said, Catch::Contains(part));
    }
}

TEST_CASE("faulty_test_files_are_refused_with_their_lines", "[rules]") {
    const auto said = run(R"(  - interval: soon
    input_series:
      - {series: 'm{a=~"x"}', values: 1}
      - {series: m, values: '1 x 2'}
      - {values: '1'}
    alert_rule_test:
      - {eval_time: 1m}
    promql_expr_test:
      - {expr: m, eval_time: 1m, exp_samples: [{labels: m, value: many}, {value: 1}]}
    unknown: 5
)");
    for (const char* part :
         {":3: tests[0].interval: \"soon\" is not a duration",
          ":5: tests[0].input_series[0].series: 1:4: parse error",
          ":6: tests[0].input_series[1].values: 1:3: parse error",
          ":7: tests[0].input_series[2].series: is missing",
          ":9: tests[0].alert_rule_test[0].alertname: is missing",
          ":11: tests[0].promql_expr_test[0].exp_samples[0].value: is not a number",
          ":11: tests[0].promql_expr_test[0].exp_samples[1].labels: is missing",
          ":12: tests[0].unknown: is not a key here"}) {
        CHECK_THAT(said, Catch::Contains(part));
    }
}

TEST_CASE("the_work_of_a_rule_test_is_bounded", "[rules]") {
    CHECK_THAT(run(R"(  - interval: 1ms
    input_series: [{series: m, values: 1x100000000}]
    promql_expr_test: [{expr: m, eval_time: 1d}]
)"),
               Catch::Contains("more than 1000000 samples in all"));
    CHECK_THAT(run(R"(  - interval: 1h
    promql_expr_test: [{expr: m, eval_time: 100y}]
)"),
               Catch::Contains("more than 1000000 evaluations"));
}

TEST_CASE("expected_values_are_numbers_without_quotes", "[rules]") {
    const auto with = [](const std::string& value) {
        return run(R"(  - interval: 1m
    input_series: [{series: m, values: '10'}, {series: none, values: ''}]
    promql_expr_test: [{eval_time: 0m, expr: m + 0, exp_samples: [{labels: '{}', value: )" +
                   value + "}]}]\n");
    };
    for (const auto* value : {"10", "0xA", "012", "1_0", "1e1", "!!float 10", "0b1010", "10.0"}) {
        CAPTURE(value);
        CHECK(with(value).empty());
    }
    CHECK_THAT(with("\"10\""), Catch::Contains("value: is a text in quotes; write a number"));
    CHECK_THAT(with("10x"), Catch::Contains("value: is not a number"));
}
