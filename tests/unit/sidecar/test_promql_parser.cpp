#include <catch2/catch.hpp>

#include "promql/duration.hpp"
#include "promql/expression.hpp"

using namespace opsmon;

namespace {

std::string fault(const std::string& text) {
    const auto parsed = promql::parse(text);
    return parsed ? "" : parsed.error().message;
}

} // namespace

TEST_CASE("valid_expressions_parse", "[promql]") {
    const auto* text = GENERATE(
        "m", "m{}", "m{a=\"1\",}", "{__name__=\"m\"}", "{a=~\".+\"}", "m{and=\"x\",by='y',on=`z`}",
        "1", "-1", "+m", "--m", "0x1F", ".5", "5.", "1e3", "Inf", "nAn", "(m)", "m > bool 1",
        "1 > bool 2", "m and n or o unless p", "m AND n", "sum", "by + offset", "absent(m)",
        "time()", "vector(1)", "scalar(m) + 1", "a:b:c > 1", ":x", "m # comment\n > 1",
        "\"a string\"", "m == on1", "m{a=\"\\u00e9\"}", "m{a=\"1\",a=\"2\"}");
    CAPTURE(text);
    CHECK(fault(text).empty());
}

TEST_CASE("what_this_version_lacks_is_refused_by_name_and_place", "[promql]") {
    CHECK(fault("1 + histogram_count(m)") ==
          "1:5: parse error: histogram_count() is not supported in this version");
    CHECK_THAT(fault("histogram_fraction(0, 1, m)"), Catch::Contains("is not supported"));
    CHECK_THAT(fault("histogram_sum(m)"), Catch::Contains("is not supported"));
}

TEST_CASE("selectors_take_ranges_offsets_and_moments", "[promql]") {
    const auto* valid = GENERATE(
        "rate(m[5m])", "m[5m] offset 1h", "m[5m] @ 10 offset -1h", "m @ start() offset 5m",
        "m[5m:]", "sum(m)[5m:1m] @ end()", "(m)[5m:1m]", "m offset 5m [5m:1m]", "m OFFSET 5m",
        "sum by (a, b,) (m)", "sum(m) without ()", "topk by (by) (2, m)", "SUM BY (a) (m)",
        "m * on (a) group_left (b) n", "m and ignoring () n", "m atan2 n", "m @ -1.5", "-m @ 5",
        "label_join(m, \"a\", \"\")", "round(m)", "round(m, 2)", "hour()");
    CAPTURE(valid);
    CHECK(fault(valid).empty());
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"(m)[5m]", "1:1: parse error: ranges only allowed for vector selectors"},
        {"m offset 5m[5m]", "no offset modifiers allowed before range"},
        {"m @ 5 [5m]", "no @ modifiers allowed before range"},
        {"m[5m][5m:1m]", "subquery is only allowed on instant vector, got range vector instead"},
        {"m[0s]", "1:3: parse error: duration must be greater than 0"},
        {"m offset 1m offset 1m", "offset may not be set multiple times"},
        {"m @ 1 @ 2", "@ <timestamp> may not be set multiple times"},
        {"sum(m) offset 5m", "offset modifier must be preceded by"},
        {"(m) @ 5", "@ modifier must be preceded by"},
        {"m @ NaN", "timestamp out of bounds"},
        {"rate(m)", "1:6: parse error: expected type range vector in call to function \"rate\", "
                    "got instant vector"},
        {"round(m, 1, 2)", "expected at most 2 argument(s) in call to \"round\", got 3"},
        {"label_join(m)", "expected at least 3 argument(s) in call to \"label_join\", got 1"},
        {"topk(m)", "wrong number of arguments for aggregate expression provided, expected 2"},
        {"sum(1)", "expected type instant vector in aggregation expression, got scalar"},
        {"m + on(a) group_left(a) n", "must not occur in ON and GROUP clause at once"},
        {"m and on(a) group_left n", "no grouping allowed for \"and\" operation"},
        {"m + on(a) 1", "vector matching only allowed between instant vectors"},
        {"m + group_left n", "unexpected"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
}

TEST_CASE("faulty_expressions_are_refused_with_their_place", "[promql]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "no expression found"},
        {"   # only a comment", "no expression found"},
        {"m +", "1:4: parse error: unexpected end of input"},
        {"(m", "1:1: parse error: unclosed left parenthesis"},
        {"m)", "1:2: parse error: unexpected \")\""},
        {"m n", "1:3: parse error: unexpected \"n\""},
        {"m{", "unexpected end of input inside braces"},
        {"m{a}", "1:4: parse error: unexpected \"}\" in label matching, expected one of"},
        {"m{a=1}", "unexpected character inside braces"},
        {"m{,}", "expected label name"},
        {"m{a=\"x}", "unterminated quoted string"},
        {"m{a=\"\\q\"}", "unknown escape sequence"},
        {"m{a=~\"(\"}", "1:6: parse error: invalid regular expression \"(\""},
        {"m = 1", "1:3: parse error: unexpected \"=\""},
        {"m =~ \"a\"", "unexpected character after '='"},
        {"1x", "bad number or duration syntax"},
        {"1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"},
        {"1 + bool 2", "bool modifier can only be used on comparison operators"},
        {"m and 1", "set operator \"and\" not allowed in binary scalar expression"},
        {"\"a\" + 1", "binary expression must contain only scalar and instant vector types"},
        {"-\"a\"", "unary expression only allowed"},
        {"{}", "at least one non-empty matcher"},
        {"{a=\"\"}", "at least one non-empty matcher"},
        {"{a=~\".*\"}", "at least one non-empty matcher"},
        {"m{__name__=\"n\"}", "metric name must not be set twice: \"m\" or \"n\""},
        {"foo(m)", "unknown function with name \"foo\""},
        {"Absent(m)", "unknown function with name \"Absent\""},
        {"absent()", "expected 1 argument(s) in call to \"absent\", got 0"},
        {"absent(m, n)", "expected 1 argument(s) in call to \"absent\", got 2"},
        {"absent(1)", "1:8: parse error: expected type instant vector in call to function "
                      "\"absent\", got scalar"},
        {"time(,)", "unexpected \",\""},
        {"bool > 1", "unexpected \"bool\""},
        {"é", "1:1: parse error: unexpected character: 'é'"},
        {"m{a=\"\xff\"}", "invalid UTF-8"},
        {std::string("m\0", 2), "unexpected character"},
        {"5m", "unexpected \"5m\""},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
}

TEST_CASE("long_and_deep_expressions_are_refused", "[promql]") {
    CHECK_THAT(fault(std::string(5000, ' ') + "1"), Catch::Contains("at most 4096"));
    CHECK_THAT(fault(std::string(101, '(') + "1" + std::string(101, ')')),
               Catch::Contains("nested deeper than 100"));
    CHECK(fault(std::string(98, '(') + "1" + std::string(98, ')')).empty());
    CHECK_THAT(fault(std::string(2000, '-') + "1"), Catch::Contains("nested deeper than 100"));
    std::string chain = "1";
    while (chain.size() < 4000) {
        chain += "+1";
    }
    CHECK(fault(chain).empty());
}

TEST_CASE("an_expression_knows_the_metrics_it_reads", "[promql]") {
    const auto parsed = promql::parse("absent(a) or -b{x=\"1\"} > 2 or {__name__=\"c\"} and "
                                      "{__name__=~\"d.*\",x!=\"\"}");
    REQUIRE(parsed);
    CHECK(parsed->metric_names() == std::set<std::string>{"a", "b", "c"});
    CHECK(parsed->may_read("a"));
    CHECK(parsed->may_read("dx"));
    CHECK_FALSE(parsed->may_read("e"));
}

TEST_CASE("durations_are_read_as_prometheus_writes_them", "[promql]") {
    const std::vector<std::pair<std::string, std::int64_t>> valid = {
        {"0", 0},           {"0s", 0},           {"500ms", 500},
        {"5s", 5000},       {"1h30m", 5400000},  {"1d", 86400000},
        {"2w", 1209600000}, {"1y", 31536000000}, {"1m1ms", 60001}};
    for (const auto& [text, expected] : valid) {
        const auto parsed = promql::parse_duration_ms(text);
        REQUIRE(parsed);
        CHECK(*parsed == expected);
    }
    const auto* invalid = GENERATE("", "5", "s", "1s1m", "1s1s", "1.5s", "-1s", "5 s", "1x",
                                   "99999999999999999999s", "999999y");
    CAPTURE(invalid);
    CHECK_FALSE(promql::parse_duration_ms(invalid));
}
