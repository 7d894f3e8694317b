#include <catch2/catch.hpp>

#include "history/file_source.hpp"
#include "history/stale.hpp"
#include "promql/eval.hpp"
#include "promql/result_json.hpp"
#include "support/series.hpp"

#include <limits>

using namespace opsmon;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One sample a minute from 0 s on.
history::FileSource::Series series(const std::string& name, const std::vector<double>& values) {
    history::FileSource::Series out{test::labels(name), {}};
    for (std::size_t i = 0; i < values.size(); ++i) {
        out.points.push_back({static_cast<TimestampMs>(i) * 60'000, values[i]});
    }
    return out;
}

const history::FileSource& source() {
    static const history::FileSource out({
        series("counter{i=\"1\"}", {0, 60, 120, 30, 90, 150}),
        series("gauge{i=\"1\"}", {1, 2, history::stale_marker(), 4, 5, 6}),
        series("gauge{i=\"2\"}", {7, 7, 7, history::stale_marker()}),
        series("odd{i=\"1\"}", {kNaN, 1, kNaN, 3, 4, 4}),
        series("twin{i=\"1\"}", {1, 1, history::stale_marker()}),
    });
    return out;
}

std::string instant(const std::string& text, TimestampMs at, const promql::Limits& limits = {}) {
    const auto expression = promql::parse(text);
    if (!expression) {
        return expression.error().message;
    }
    const auto value = promql::evaluate(*expression, source(), at, limits);
    return value ? promql::result_json(*value, at) : value.error().message;
}

std::string over(const std::string& text, const promql::RangeOfTime& range,
                 const promql::Limits& limits = {}) {
    const auto matrix = promql::evaluate_range(*promql::parse(text), source(), range, limits);
    if (!matrix) {
        return matrix.error().message;
    }
    std::string out;
    for (const auto& one : *matrix) {
        out += (out.empty() ? "" : "; ") + one.labels.to_string();
        for (const auto& point : one.points) {
            out += " " + std::to_string(point.at / 1000) + ":" +
                   std::to_string(static_cast<int>(point.value));
        }
    }
    return out;
}

} // namespace

TEST_CASE("a_stale_marker_ends_a_series_and_is_in_no_range", "[promql]") {
    CHECK(over("gauge", {0, 300'000, 60'000}) ==
          "gauge{i=\"1\"} 0:1 60:2 180:4 240:5 300:6; gauge{i=\"2\"} 0:7 60:7 120:7");
    CHECK(over("count_over_time(gauge[5m])", {300'000, 300'000, 1}) ==
          "{i=\"1\"} 300:5; {i=\"2\"} 300:3");
    CHECK(over("count(gauge) or vector(0)", {0, 300'000, 100'000}) == "{} 0:2 100:2 200:1 300:1");
    CHECK_THAT(instant("gauge[2m]", 180'000), Catch::Contains(R"([[60,"2"],[180,"4"]])"));
}

TEST_CASE("both_ends_belong_to_a_range_as_in_prometheus_2_42", "[promql]") {
    CHECK(over("count_over_time(counter[2m])", {240'000, 240'000, 1}) == "{i=\"1\"} 240:3");
    CHECK(
        over("gauge{i=\"2\"}", {420'000, 421'000, 1000}).empty()); // a stale one is not looked past
    CHECK(over("counter", {600'000, 601'000, 1000}) == "counter{i=\"1\"} 600:150");
}

TEST_CASE("a_counter_may_start_again", "[promql]") {
    CHECK(over("increase(counter[5m])", {300'000, 300'000, 1}) == "{i=\"1\"} 300:270");
    CHECK(over("resets(counter[5m])", {300'000, 300'000, 1}) == "{i=\"1\"} 300:1");
}

TEST_CASE("offset_and_at_move_what_is_read", "[promql]") {
    CHECK(over("counter offset 1m", {120'000, 180'000, 60'000}) ==
          "counter{i=\"1\"} 120:60 180:120");
    CHECK(over("counter offset -1m", {60'000, 120'000, 60'000}) ==
          "counter{i=\"1\"} 60:120 120:30");
    CHECK(over("counter @ 60", {120'000, 180'000, 60'000}) == "counter{i=\"1\"} 120:60 180:60");
    CHECK(over("counter @ end() - counter @ start()", {0, 120'000, 60'000}) ==
          "{i=\"1\"} 0:120 60:120 120:120");
}

TEST_CASE("a_subquery_steps_at_multiples_of_its_step", "[promql]") {
    CHECK_THAT(instant("counter[3m:90s]", 200'000), Catch::Contains(R"([[90,"60"],[180,"30"]])"));
    CHECK_THAT(instant("counter[2m:]", 200'000), Catch::Contains(R"([[120,"120"],[180,"30"]])"));
    promql::Limits limits;
    limits.subquery_step_ms = 100'000;
    CHECK_THAT(instant("counter[2m:]", 200'000, limits),
               Catch::Contains(R"([[100,"60"],[200,"30"]])"));
}

TEST_CASE("equal_labels_of_rates_are_an_error_even_at_different_times", "[promql]") {
    // twin ends before counter is looked at, but the result would be one series of two.
    CHECK(over("last_over_time({__name__=~\"twin|gauge\",i=\"1\"}[1m])", {0, 300'000, 60'000}) !=
          "vector cannot contain metrics with the same labelset");
    CHECK(
        over("sum_over_time({__name__=~\"twin|gauge\",i=\"1\"}[1m])", {60'000, 300'000, 60'000}) ==
        "vector cannot contain metrics with the same labelset");
    CHECK(over("-{__name__=~\"twin|gauge\",i=\"1\"}", {0, 300'000, 60'000}) ==
          "vector cannot contain metrics with the same labelset");
}

TEST_CASE("what_is_too_much_is_refused_by_name", "[promql]") {
    CHECK_THAT(over("counter", {0, 11'001'000, 1000}),
               Catch::Contains("exceeded maximum resolution"));
    CHECK_THAT(over("counter", {0, -1, 1000}), Catch::Contains("end timestamp must not be before"));
    CHECK_THAT(over("counter", {0, 1, 0}), Catch::Contains("zero or negative query resolution"));
    CHECK_THAT(over("counter[5m]", {0, 1, 1}), Catch::Contains("invalid expression type"));
    CHECK_THAT(instant("max_over_time(counter[10y:1ms])", 0), Catch::Contains("too much work"));
    promql::Limits limits;
    limits.samples_max = 5;
    CHECK_THAT(instant("sum_over_time(counter[1h])", 300'000, limits),
               Catch::Contains("too many samples"));
    limits = {};
    limits.series_max = 1;
    CHECK_THAT(over("gauge", {0, 60'000, 60'000}, limits), Catch::Contains("more than 1 series"));
    CHECK_THAT(instant("gauge", 0, limits), Catch::Contains("more than 1 series"));
}

TEST_CASE("results_are_written_as_prometheus_writes_them", "[promql]") {
    const auto json = [](const std::string& text) { return instant(text, 61'001); };
    // A scalar has no exponent, a sample has.
    CHECK_THAT(json("1e21"), Catch::Contains("[61.001,\"1000000000000000000000\"]"));
    CHECK_THAT(json("vector(1e21)"), Catch::Contains("[61.001,\"1e+21\"]"));
    CHECK(json("0.00001") ==
          R"({"status":"success","data":{"resultType":"scalar","result":[61.001,"0.00001"]}})");
    CHECK_THAT(json("1e-7"), Catch::Contains("\"0.0000001\""));
    CHECK_THAT(json("vector(1e-7)"), Catch::Contains("\"1e-07\""));
    CHECK_THAT(json("-Inf"), Catch::Contains("\"-Inf\""));
    CHECK_THAT(json("NaN"), Catch::Contains("\"NaN\""));
    CHECK(json("\"a\\\"b\"") ==
          R"({"status":"success","data":{"resultType":"string","result":[61.001,"a\"b"]}})");
    CHECK_THAT(
        json("counter"),
        Catch::Contains(R"({"resultType":"vector","result":[{"metric":{"__name__":"counter",)"
                        R"("i":"1"},"value":[61.001,"60"]}]})"));
    CHECK(promql::error_json(promql::QueryFault::BadData, "x \"y\"") ==
          R"({"status":"error","errorType":"bad_data","error":"x \"y\""})");
}

TEST_CASE("a_parameter_over_what_at_holds_is_that_of_the_first_step", "[promql]") {
    // As Prometheus 2.42: an aggregation whose operand stays the same is evaluated once.
    const promql::RangeOfTime range{0, 120'000, 60'000};
    CHECK(over("topk(time() / 60, counter @ 60)", range).empty());
    CHECK(over("quantile(1 - time() / 60, counter @ 60)", range) == "{} 0:60 60:60 120:60");
}

TEST_CASE("what_at_holds_and_prometheus_moves_on_is_refused", "[promql]") {
    const promql::RangeOfTime range{0, 120'000, 60'000};
    for (const auto* text : {"quantile_over_time(time() % 2, gauge[5m] @ 60)",
                             "holt_winters(gauge[5m:1m] @ end(), 0.1 + time() % 2 / 4, 0.5)",
                             "predict_linear(gauge[5m] @ 60, 10)"}) {
        CAPTURE(text);
        CHECK_THAT(over(text, range), Catch::Contains("() of a range that @ holds"));
        CHECK_THAT(instant(text, 60'000), !Catch::Contains("@ holds"));
    }
    for (const auto* text :
         {"topk(scalar(counter @ 60), gauge)", "topk(scalar(counter @ end()), gauge)",
          "quantile(scalar(sum_over_time((counter @ 60)[5m:1m])), gauge)"}) {
        CAPTURE(text);
        CHECK_THAT(over(text, range), Catch::Contains("@ in the parameter of an aggregation"));
    }
    CHECK(over("quantile_over_time(0.5, counter[5m] @ 60)", range) ==
          "{i=\"1\"} 0:30 60:30 120:30");
    CHECK_THAT(instant("topk(scalar(counter @ 60), gauge)", 60'000), !Catch::Contains("error"));
}

TEST_CASE("a_nan_is_the_largest_or_smallest_only_where_it_is_alone", "[promql]") {
    CHECK_THAT(instant("max_over_time(odd[5m])", 300'000), Catch::Contains("\"4\""));
    CHECK_THAT(instant("min_over_time(odd[5m])", 300'000), Catch::Contains("\"1\""));
    CHECK_THAT(instant("max_over_time(odd[1m])", 60'000), Catch::Contains("\"1\""));
    CHECK_THAT(instant("min_over_time(odd[30s])", 120'000), Catch::Contains("\"NaN\""));
}
