#include <catch2/catch.hpp>

#include "promql/eval.hpp"
#include "promql/number_text.hpp"
#include "support/series.hpp"

#include <cmath>
#include <limits>

using namespace opsmon;

namespace {

constexpr TimestampMs kNow = 60'000;

const history::History& sample_history() {
    static const auto history = [] {
        history::History out;
        out.append(kNow, test::points({{"m{a=\"1\"}", 1},
                                       {"m{a=\"2\"}", 2},
                                       {"m{a=\"3\",b=\"x\"}", -3.5},
                                       {"n{a=\"1\"}", 10},
                                       {"n{a=\"2\"}", 0},
                                       {"n{a=\"4\"}", 7},
                                       {"one", 5},
                                       {"odd", std::numeric_limits<double>::quiet_NaN()}}));
        return out;
    }();
    return history;
}

// The result as one line: `labels value; labels value`, or the error.
std::string run(const std::string& text) {
    const auto expression = promql::parse(text);
    if (!expression) {
        return expression.error().message;
    }
    const auto value = promql::evaluate(*expression, sample_history(), kNow);
    if (!value) {
        return value.error().message;
    }
    const auto number = [](double x) {
        std::ostringstream out;
        out << x;
        return out.str();
    };
    if (const auto* scalar = std::get_if<double>(&*value)) {
        return number(*scalar);
    }
    if (const auto* string = std::get_if<std::string>(&*value)) {
        return "'" + *string + "'";
    }
    std::string out;
    for (const auto& sample : std::get<promql::Vector>(*value)) {
        out += (out.empty() ? "" : "; ") + sample.labels.to_string() + " " + number(sample.value);
    }
    return out;
}

} // namespace

// Every expectation here was also given to Prometheus 2.42, which agrees.
TEST_CASE("expressions_give_what_prometheus_gives", "[promql]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        // selectors
        {"m", "m{a=\"1\"} 1; m{a=\"2\"} 2; m{a=\"3\", b=\"x\"} -3.5"},
        {"m{a=\"1\"}", "m{a=\"1\"} 1"},
        {"m{a!=\"1\",b=\"\"}", "m{a=\"2\"} 2"},
        {"m{a=~\"1|2\"}", "m{a=\"1\"} 1; m{a=\"2\"} 2"},
        {"m{a=~\"\"}", ""},
        {"m{a!~\"[12]\"}", "m{a=\"3\", b=\"x\"} -3.5"},
        {"{__name__=~\"on.*\"}", "one 5"},
        {"{__name__=~\"on\"}", ""}, // a regular expression matches the whole value
        {"missing", ""},
        // precedence
        {"1 + 2 * 3 ^ 2 % 5", "4"},
        {"2 ^ 3 ^ 2", "512"},
        {"-1 ^ 2", "-1"},
        {"2 ^ -1", "0.5"},
        {"-2 * 3", "-6"},
        {"10 - 4 - 3", "3"},
        {"1 - 1 == bool 0", "1"},
        {"010", "8"},
        {"0x10", "16"},
        // arithmetic drops the name, filters keep it
        {"m * 2", "{a=\"1\"} 2; {a=\"2\"} 4; {a=\"3\", b=\"x\"} -7"},
        {"10 - one", "{} 5"},
        {"-one", "{} -5"},
        {"+one", "one 5"},
        {"m > 1", "m{a=\"2\"} 2"},
        {"1 < m", "m{a=\"2\"} 2"},
        {"m > bool 1", "{a=\"1\"} 0; {a=\"2\"} 1; {a=\"3\", b=\"x\"} 0"},
        {"one == 5 == 5", "one 5"},
        {"1 / 0", "inf"},
        {"-5 % 3", "-2"},
        // vectors match on all labels
        {"m + n", "{a=\"1\"} 11; {a=\"2\"} 2"},
        {"m < n", "m{a=\"1\"} 1"},
        {"m < bool n", "{a=\"1\"} 1; {a=\"2\"} 0"},
        {"m and n", "m{a=\"1\"} 1; m{a=\"2\"} 2"},
        {"m unless n", "m{a=\"3\", b=\"x\"} -3.5"},
        {"n or m", "n{a=\"1\"} 10; n{a=\"2\"} 0; n{a=\"4\"} 7; m{a=\"3\", b=\"x\"} -3.5"},
        {"missing or one unless one", ""},
        // NaN is a value that compares with nothing
        {"odd == odd", ""},
        {"odd != odd", "odd nan"},
        {"odd > bool 1", "{} 0"},
        // functions
        {"absent(m)", ""},
        {"absent(missing{a=\"1\",b=~\"x\",c=\"2\",c=\"3\"})", "{a=\"1\"} 1"},
        {"absent((missing{a=\"1\"}))", "{a=\"1\"} 1"},
        {"absent(missing > 1)", "{} 1"},
        {"time()", "60"},
        {"vector(time() - 50)", "{} 10"},
        {"scalar(one)", "5"},
        {"scalar(m)", "nan"},
        {"scalar(missing)", "nan"},
        {"n > scalar(one) * 1.5", "n{a=\"1\"} 10"},
        {"\"text\"", "'text'"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(run(text) == expected);
    }
}

TEST_CASE("ambiguous_matches_are_errors", "[promql]") {
    CHECK_THAT(run("one + {a=~\".+\"}"), !Catch::Contains("error")); // nothing matches: no error
    CHECK_THAT(
        run("m + {__name__=~\"m|n\"}"),
        Catch::Contains("found duplicate series for the match group {a=\"1\"} on the right"));
    CHECK_THAT(run("{__name__=~\"m|n\"} + m"), Catch::Contains("many-to-one matching must be"));
    CHECK_THAT(run("-{__name__=~\"m|n\"}"), Catch::Contains("same labelset"));
    CHECK_THAT(run("{__name__=~\"m|n\"} * 2"), Catch::Contains("same labelset"));
    CHECK(run("missing + {__name__=~\"m|n\"}").empty());
}

TEST_CASE("a_result_of_too_many_series_is_an_error", "[promql]") {
    std::vector<metrics::SeriesPoint> points;
    for (std::size_t i = 0; i <= promql::Limits().series_max; ++i) {
        metrics::Labels labels;
        labels.set("__name__", "many");
        labels.set("i", std::to_string(i));
        points.push_back({std::move(labels), 1});
    }
    history::History history;
    history.append(kNow, points);
    const auto all = promql::evaluate(*promql::parse("many"), history, kNow);
    REQUIRE_FALSE(all);
    CHECK_THAT(all.error().message, Catch::Contains("more than 10000 series"));
    CHECK(promql::evaluate(*promql::parse("many{i!=\"0\"}"), history, kNow));
}

TEST_CASE("a_rule_takes_a_scalar_as_one_sample_and_no_string", "[promql]") {
    const auto scalar = promql::evaluate_vector(*promql::parse("1 + 1"), sample_history(), kNow);
    REQUIRE(scalar);
    REQUIRE(scalar->size() == 1);
    CHECK(scalar->front().labels.empty());
    CHECK(scalar->front().value == 2);
    CHECK_FALSE(promql::evaluate_vector(*promql::parse("\"x\""), sample_history(), kNow));
}

TEST_CASE("labels_that_nested_calls_multiply_are_bounded", "[promql]") {
    std::string nested = "one";
    for (int i = 0; i < 30; ++i) {
        nested = "label_join(" + nested + ", \"x\", \"\", \"x\", \"x\", \"x\", \"__name__\")";
    }
    CHECK_THAT(run(nested), Catch::Contains("the labels of a series are longer than 65536 bytes"));
}

TEST_CASE("large_numbers_have_the_digits_that_prometheus_writes", "[promql]") {
    CHECK(promql::plain_number(1e20 / 3) == "33333333333333330000");
    CHECK(promql::plain_number(-12345678901234567890.0) == "-12345678901234567000");
    CHECK(promql::plain_number(9007199254740992.0) == "9007199254740992");
    CHECK(promql::plain_number(1e22) == "10000000000000000000000");
    CHECK(promql::api_number(1e22) == "1e+22");
    CHECK(promql::plain_number(1e-7) == "0.0000001");
    CHECK(promql::plain_number(0.5) == "0.5");
}

TEST_CASE("a_plus_in_front_makes_a_selector_an_expression", "[promql]") {
    CHECK(run("+one") == "one 5");
    CHECK(run("absent(+missing{a=\"1\"})") == "{} 1");
    CHECK(run("timestamp(+one)") == "{} 60");
    CHECK(run("-+one") == "{} -5");
}

TEST_CASE("numbers_in_labels_and_expressions_are_those_of_go", "[promql]") {
    using promql::parse_go_float;
    const std::vector<std::pair<std::string, double>> good = {
        {"1_0", 10},         {"0_1", 1}, {"0x_1p-3", 0.125},    {"0x.8p1", 1},
        {"0x1.8p1_0", 1536}, {"5.", 5},  {".5", 0.5},           {"1e-400", 0},
        {"-1e-400", 0},      {"+7", 7},  {"123_4.5_6", 1234.56}};
    for (const auto& [text, value] : good) {
        CAPTURE(text);
        CHECK(parse_go_float(text) == value);
    }
    for (const auto* text : {"",     "+",      ".",     "1_",  "_1", "1__0",  "1_.5",  "1._5",
                             "1e",   "1e+",    "1e400", "0x1", "0x", "0xp1",  "0b1",   "+nan",
                             "-NaN", "nan(1)", "+-1",   " 1",  "1 ", "1e1.5", "infin", "1,5"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_go_float(text).has_value());
    }
    CHECK(std::isnan(parse_go_float("nAn").value()));
    CHECK(parse_go_float("-INFinity") == -std::numeric_limits<double>::infinity());
    CHECK(run("1e-400") == "0");
    CHECK(run("0x7fffffffffffffff") == "9.22337e+18");
    CHECK_THAT(run("0x8000000000000000"), Catch::Contains("bad number syntax"));
    CHECK(run("01777777777777777777777") == "1.77778e+21");
    CHECK_THAT(run("histogram_quantile(0.5, label_replace(m, \"le\", \"NaN\", \"\", \"\"))"),
               Catch::Contains("a bucket whose le is \"NaN\" is not supported"));
}

TEST_CASE("bytes_that_form_a_character_may_be_written_one_by_one", "[promql]") {
    CHECK(run("\"\\xc3\\xa9\\303\\251\"") == "'éé'");
    CHECK_THAT(run("\"\\xc3\""), Catch::Contains("1:1: parse error: the escapes of this string"));
    CHECK_THAT(run("m{a=\"\\xff\"}"), Catch::Contains("invalid UTF-8, which no label holds"));
}

TEST_CASE("a_moment_far_away_is_one_without_samples", "[promql]") {
    CHECK(run("absent(m @ 9.2e18)") == "{} 1");
    CHECK(run("absent(m @ -9.2e18)") == "{} 1");
    CHECK_THAT(run("m @ 9.3e18"), Catch::Contains("timestamp out of bounds"));
    CHECK_THAT(run("max_over_time(m[5m:1m] @ 1e11)"),
               Catch::Contains("@ moves a subquery by more"));
}

TEST_CASE("timestamp_of_what_both_at_and_offset_move_is_refused", "[promql]") {
    CHECK_THAT(run("timestamp(m @ 60 offset 5s)"), Catch::Contains("both @ and offset"));
    CHECK(run("timestamp(one @ 60)") == "{} 60");
}
