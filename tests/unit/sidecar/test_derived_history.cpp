#include <catch2/catch.hpp>

#include "history/derived.hpp"
#include "history/stale.hpp"
#include "support/series.hpp"

using namespace opsmon;
using history::DerivedSeries;
using test::points;

namespace {

const auto kAll = [](const metrics::Labels&) { return true; };

std::string range_text(const DerivedSeries& series, const std::string& name, TimestampMs after,
                       TimestampMs until) {
    std::string out;
    for (const auto& found : series.range(name, kAll, after, until)) {
        out += found.labels->to_string() + ":";
        for (const auto& point : found.points) {
            out += " " + std::to_string(point.at) + "=" +
                   (history::is_stale(point.value)
                        ? "stale"
                        : std::to_string(static_cast<long long>(point.value)));
        }
        out += "\n";
    }
    return out;
}

} // namespace

TEST_CASE("derived_samples_come_back_as_they_were", "[history]") {
    DerivedSeries series;
    for (const TimestampMs at : {1000, 2000, 3000, 5000, 5500}) {
        series.append(at, points({{"m", at < 3000 ? 1 : 2}}));
    }
    series.append(6000,
                  std::vector<metrics::SeriesPoint>{{test::labels("m"), history::stale_marker()}});
    series.append(9000, points({{"m", 2}}));
    CHECK(range_text(series, "m", 0, 10'000) ==
          "m: 1000=1 2000=1 3000=2 5000=2 5500=2 6000=stale 9000=2\n");
    CHECK(range_text(series, "m", 1000, 5000) == "m: 2000=1 3000=2 5000=2\n");
    CHECK(range_text(series, "", 8000, 9000) == "m: 9000=2\n");
    const auto newest = [&](TimestampMs after, TimestampMs until) {
        const auto found = series.newest("m", kAll, after, until);
        return found.empty() ? -1 : found[0].point.at;
    };
    CHECK(newest(0, 999) == -1);
    CHECK(newest(0, 1999) == 1000);
    CHECK(newest(0, 2999) == 2000);
    CHECK(newest(0, 4000) == 3000);
    CHECK(newest(3000, 4000) == -1);
    CHECK(newest(0, 6000) == -1);
    CHECK(newest(0, 10'000) == 9000);
}

TEST_CASE("what_stays_the_same_costs_one_run", "[history]") {
    DerivedSeries series;
    for (TimestampMs at = 0; at < 1'000'000; at += 1000) {
        series.append(at, points({{"ALERTS", 1}}));
    }
    CHECK(series.stats().runs == 1);
    CHECK(series.range("ALERTS", kAll, -1, 1'000'000)[0].points.size() == 1000);
}

TEST_CASE("derived_series_are_bounded", "[history]") {
    DerivedSeries series({.window_ms = 10'000, .series_max = 2, .runs_max = 100});
    series.append(1000, points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 1}, {"m{a=\"3\"}", 1}}));
    CHECK(series.stats().series == 2);
    CHECK(series.stats().series_dropped_total == 1);
    for (TimestampMs at = 2000; at < 40'000; at += 10) {
        series.append(at, points({{"m{a=\"1\"}", static_cast<double>(at)}}));
        REQUIRE(series.stats().runs <= 100);
    }
    CHECK(series.stats().series == 1);
    CHECK(series.newest("m", kAll, 0, 50'000).size() == 1);
}

TEST_CASE("a_clock_that_is_set_back_takes_derived_samples_back", "[history]") {
    DerivedSeries series;
    for (TimestampMs at = 1000; at <= 9000; at += 1000) {
        series.append(at, points({{"m", 1}, {"n", 1}}));
    }
    series.append(4500, points({{"m", 2}}));
    CHECK(range_text(series, "", 0, 10'000) ==
          "m: 1000=1 2000=1 3000=1 4000=1 4500=2\nn: 1000=1 2000=1 3000=1 4000=1\n");
    series.append(4500, points({{"m", 3}}));
    CHECK(range_text(series, "m", 4000, 10'000) == "m: 4500=3\n");
}

TEST_CASE("what_a_collector_shows_stands_before_what_a_rule_writes", "[history]") {
    const auto a = test::labels("m{a=\"1\"}");
    const auto b = test::labels("m{a=\"2\"}");
    const auto c = test::labels("m{a=\"3\"}");
    std::vector<history::SelectedPoint> own = {{&a, {1, 1}}, {&c, {1, 3}}};
    history::join(own, {{&a, {1, 9}}, {&b, {1, 2}}});
    REQUIRE(own.size() == 3);
    CHECK(own[0].point.value == 1);
    CHECK(own[1].labels == &b);
    CHECK(own[2].point.value == 3);
}
