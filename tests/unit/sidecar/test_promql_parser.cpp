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
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"rate(m[5m])", "1:1: parse error: rate() is not supported in this version"},
        {"1 + histogram_quantile(0.9, m)",
         "1:5: parse error: histogram_quantile() is not supported "
         "in this version"},
        {"sum(m)", "1:1: parse error: the aggregation sum() is not supported in this version"},
        {"SUM by (a) (m)", "1:1: parse error: the aggregation sum() is not supported in this "
                           "version"},
        {"m[5m]", "1:2: parse error: a range selector ([duration]) is not supported in this "
                  "version"},
        {"m[5m:1m]",
         "1:2: parse error: a subquery ([range:step]) is not supported in this version"},
        {"m[5m:]", "1:2: parse error: a subquery ([range:step]) is not supported in this version"},
        {"m offset 5m", "1:3: parse error: offset is not supported in this version"},
        {"m @ 1", "1:3: parse error: the @ modifier is not supported in this version"},
        {"m > on(a) n", "1:5: parse error: on() is not supported in this version"},
        {"m\n  and ignoring(a) n", "2:7: parse error: ignoring() is not supported in this version"},
        {"m * group_left n", "1:5: parse error: group_left() is not supported in this version"},
        {"m atan2 n", "1:3: parse error: the operator atan2 is not supported in this version"},
    };
    for (const auto& [text, expected] : cases) {
        CHECK(fault(text) == expected);
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
