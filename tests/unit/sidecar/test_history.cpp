#include <catch2/catch.hpp>

#include "history/history.hpp"
#include "history/stale.hpp"
#include "support/series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace opsmon;
using history::History;
using test::points;

namespace {

const auto kAll = [](const metrics::Labels&) { return true; };

std::vector<std::pair<std::string, double>> at(const History& history, std::string_view name,
                                               TimestampMs when) {
    std::vector<std::pair<std::string, double>> out;
    for (const auto& selected : history.select(name, kAll, when)) {
        out.emplace_back(selected.labels->to_string(), selected.value);
    }
    return out;
}

using Expected = std::vector<std::pair<std::string, double>>;
using Samples = std::vector<std::pair<TimestampMs, double>>;

Samples samples(const History& history, std::string_view name, TimestampMs after,
                TimestampMs until) {
    Samples out;
    for (const auto& range : history.range(name, kAll, after, until)) {
        for (const auto& point : range.points) {
            out.emplace_back(point.at, point.value);
        }
    }
    return out;
}

history::Limits limits(TimestampMs window_ms, TimestampMs interval_ms,
                       std::size_t series_max = 50'000) {
    history::Limits out;
    out.window_ms = window_ms;
    out.interval_ms = interval_ms;
    out.series_max = series_max;
    return out;
}

} // namespace

TEST_CASE("history_selects_the_newest_sample_at_or_before_the_moment", "[history]") {
    History history;
    history.append(1000, points({{"m{a=\"1\"}", 1}, {"n", 5}}));
    history.append(2000, points({{"m{a=\"1\"}", 2}, {"n", 6}}));
    CHECK(at(history, "m", 999).empty());
    CHECK(at(history, "m", 1000) == Expected{{"m{a=\"1\"}", 1}});
    CHECK(at(history, "m", 1999) == Expected{{"m{a=\"1\"}", 1}});
    CHECK(at(history, "m", 2000) == Expected{{"m{a=\"1\"}", 2}});
    CHECK(at(history, "", 2000) == Expected{{"m{a=\"1\"}", 2}, {"n", 6}});
}

TEST_CASE("history_looks_back_five_minutes_and_no_further", "[history]") {
    History history;
    history.append(1000, points({{"m", 1}}));
    CHECK(at(history, "m", 1000 + history::kLookback_ms).size() == 1);
    CHECK(at(history, "m", 1001 + history::kLookback_ms).empty());
}

TEST_CASE("a_series_that_vanishes_is_gone_at_once", "[history]") {
    History history;
    history.append(1000, points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 2}}));
    history.append(2000, points({{"m{a=\"2\"}", 2}}));
    CHECK(at(history, "m", 2000) == Expected{{"m{a=\"2\"}", 2}});
    CHECK(at(history, "m", 1500).size() == 2);
    CHECK(history.has_data("m", 2000));
    history.append(3000, {});
    CHECK_FALSE(history.has_data("m", 3000));
    history.append(4000, points({{"m{a=\"1\"}", 9}}));
    CHECK(at(history, "m", 4000) == Expected{{"m{a=\"1\"}", 9}});
}

TEST_CASE("an_ordinary_nan_is_a_value", "[history]") {
    History history;
    history.append(1000, points({{"m", std::numeric_limits<double>::quiet_NaN()}}));
    REQUIRE(at(history, "m", 1000).size() == 1);
    CHECK(std::isnan(at(history, "m", 1000)[0].second));
}

TEST_CASE("the_first_of_two_equal_series_in_one_snapshot_counts", "[history]") {
    History history;
    history.append(1000, points({{"m", 1}, {"m", 2}}));
    CHECK(at(history, "m", 1000) == Expected{{"m", 1}});
    CHECK(history.stats().samples == 1);
}

TEST_CASE("history_forgets_what_is_older_than_its_window", "[history]") {
    History history(limits(10'000, 1'000));
    for (TimestampMs now = 1000; now <= 60'000; now += 1000) {
        history.append(now, points({{"m", 1}}));
    }
    CHECK(samples(history, "m", 0, 60'000).size() == 11);
    CHECK(history.stats().reach_ms == 10'000);
    history.append(61'000, {});
    CHECK(history.stats().series == 1);
    history.append(72'000, {});
    CHECK(history.stats().series == 0);
    CHECK(history.stats().samples == 0);
}

TEST_CASE("a_series_is_sampled_evenly_however_often_it_is_appended_to", "[history]") {
    History history;
    for (TimestampMs now = 100'000; now <= 133'700; now += 300) {
        history.append(now, points({{"m", static_cast<double>(now)}}));
    }
    // The first of each slot of 10 s, and the newest one.
    CHECK(samples(history, "m", 0, 200'000) == Samples{{100'000, 100'000},
                                                       {110'200, 110'200},
                                                       {120'100, 120'100},
                                                       {130'000, 130'000},
                                                       {133'600, 133'600}});
    CHECK(at(history, "m", 133'600) == Expected{{"m", 133'600}});
    CHECK(at(history, "m", 133'599) == Expected{{"m", 130'000}});
}

TEST_CASE("what_begins_or_ends_a_series_is_kept", "[history]") {
    History history;
    history.append(100'000, points({{"n", 0}}));
    history.append(101'000, points({{"n", 1}, {"m", 1}}));
    history.append(102'000, points({{"n", 2}, {"m", 2}}));
    history.append(103'000, points({{"n", 3}, {"m", 3}}));
    history.append(104'000, points({{"n", 4}}));
    history.append(105'000, points({{"n", 5}, {"m", 9}}));
    const auto kept = samples(history, "m", 0, 200'000);
    REQUIRE(kept.size() == 4);
    CHECK(kept[0] == std::pair<TimestampMs, double>{101'000, 1});
    CHECK(kept[1] == std::pair<TimestampMs, double>{103'000, 3});
    CHECK(history::is_stale(kept[2].second));
    CHECK(kept[2].first == 104'000);
    CHECK(kept[3] == std::pair<TimestampMs, double>{105'000, 9});
    CHECK(at(history, "m", 104'500) == Expected{});
    CHECK(at(history, "m", 103'500) == Expected{{"m", 3}});
}

TEST_CASE("a_range_is_open_to_the_left_and_has_stale_markers", "[history]") {
    History history(limits(600'000, 1'000));
    history.append(1'000, points({{"m", 1}, {"n", 1}}));
    history.append(2'000, points({{"m", 2}}));
    history.append(3'000, {});
    CHECK(samples(history, "m", 1'000, 2'999) == Samples{{2'000, 2}});
    CHECK(samples(history, "m", 2'000, 3'000).size() == 1);
    CHECK(samples(history, "m", 3'000, 9'000).empty());
    CHECK(history.newest("", kAll, 0, 2'000).size() == 1);
    CHECK(history.newest("", kAll, 0, 1'500).size() == 2);
    CHECK(history.newest("", kAll, 1'000, 1'500).empty());
    CHECK(history.newest("", kAll, 0, 3'000).empty());
}

TEST_CASE("history_counts_the_points_it_has_no_room_for", "[history]") {
    History history(limits(60'000, 1'000, 2));
    history.append(1000, points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 2}, {"m{a=\"3\"}", 3}}));
    CHECK(history.stats().series == 2);
    CHECK(history.stats().series_dropped_total == 1);
}

TEST_CASE("ended_series_make_room_for_new_ones", "[history]") {
    History history(limits(60'000, 1'000, 2));
    history.append(1000, points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 2}}));
    history.append(2000, points({{"m{a=\"2\"}", 2}}));
    history.append(3000, points({{"m{a=\"2\"}", 2}, {"m{a=\"3\"}", 3}}));
    CHECK(at(history, "m", 3000) == Expected{{"m{a=\"2\"}", 2}, {"m{a=\"3\"}", 3}});
    CHECK(history.stats().series_dropped_total == 0);
}

TEST_CASE("the_oldest_samples_go_first_when_the_memory_is_used_up", "[history]") {
    auto narrow = limits(6 * 3'600'000, 10'000);
    narrow.bytes_max = 256 << 10;
    History history(narrow);
    std::vector<metrics::SeriesPoint> page;
    for (int i = 0; i < 50; ++i) {
        page.push_back({test::labels("m{i=\"" + std::to_string(i) + "\"}"), 0});
    }
    std::mt19937_64 random(1);
    TimestampMs now = 0;
    std::size_t largest = 0;
    for (int step = 0; step < 2000; ++step) {
        now += 10'000;
        for (auto& point : page) {
            point.value = static_cast<double>(random()) / 7; // does not pack
        }
        history.append(now, page);
        largest = std::max(largest, history.stats().bytes);
    }
    const auto stats = history.stats();
    CHECK(largest <= narrow.bytes_max + 80'000); // one slab of blocks that wait to be used
    CHECK(stats.series == 50);
    CHECK(stats.series_dropped_total == 0);
    CHECK(stats.samples_dropped_total > 50'000);
    CHECK(stats.reach_ms > 3'000'000);
    CHECK(stats.reach_ms < 6'000'000);
    // Nobody is told of a part of what is gone.
    const auto all = history.range("m", kAll, 0, now);
    REQUIRE(all.size() == 50);
    for (const auto& range : all) {
        CHECK(range.points.size() == all[0].points.size());
    }
}

TEST_CASE("a_churn_of_names_stays_within_the_memory", "[history]") {
    auto narrow = limits(6 * 3'600'000, 10'000);
    narrow.bytes_max = 1 << 20;
    History history(narrow);
    const auto living = test::labels("living");
    int name = 0;
    std::size_t largest = 0;
    TimestampMs now = 0;
    for (int step = 0; step < 500; ++step) {
        std::vector<metrics::SeriesPoint> page = {{living, 1.0 * step}};
        for (int i = 0; i < 50; ++i) {
            page.push_back({test::labels("m{i=\"" + std::to_string(name++) + "\"}"), 1});
        }
        now += 5'000;
        history.append(now, page);
        largest = std::max(largest, history.stats().bytes);
        REQUIRE(at(history, "m", now).size() == 50);
        REQUIRE(at(history, "living", now) == Expected{{"living", 1.0 * step}});
    }
    CHECK(largest <= narrow.bytes_max + 80'000);
    CHECK(history.stats().series_dropped_total == 0);
}

TEST_CASE("more_series_than_the_memory_holds_are_refused", "[history]") {
    auto narrow = limits(60'000, 10'000);
    narrow.bytes_max = 100'000;
    History history(narrow);
    std::vector<metrics::SeriesPoint> page;
    for (int i = 0; i < 1000; ++i) {
        page.push_back({test::labels("m{i=\"" + std::to_string(i) + "\"}"), 1});
    }
    for (TimestampMs now = 0; now < 600'000; now += 10'000) {
        history.append(now, page);
    }
    const auto stats = history.stats();
    CHECK(stats.series > 100);
    CHECK(stats.series < 400);
    CHECK(stats.series_dropped_total == 60 * (1000 - stats.series));
    CHECK(at(history, "m", 590'000).size() == stats.series);
}

TEST_CASE("a_clock_that_is_set_back_does_not_blind_the_history", "[history]") {
    History history;
    history.append(100'000, points({{"m", 1}}));
    history.append(200'000, points({{"m", 2}}));
    history.append(150'000, points({{"m", 3}}));
    CHECK(at(history, "m", 150'000) == Expected{{"m", 3}});
    CHECK(at(history, "m", 149'999) == Expected{{"m", 1}});
    history.append(50'000, points({{"m", 4}}));
    CHECK(at(history, "m", 50'000) == Expected{{"m", 4}});
    CHECK(history.stats().samples == 1);
}

TEST_CASE("a_series_that_ended_after_the_clock_was_set_back_to_ends_again", "[history]") {
    History history;
    history.append(100'000, points({{"m", 1}, {"n", 1}}));
    history.append(200'000, points({{"n", 2}}));
    history.append(150'000, points({{"n", 3}}));
    CHECK(at(history, "m", 149'999) == Expected{{"m", 1}});
    CHECK(at(history, "m", 150'000).empty());
}

TEST_CASE("an_unchanged_value_is_sampled_like_any_other", "[history]") {
    History history;
    for (TimestampMs now = 0; now < 300'000; now += 1000) {
        history.append(now, points({{"up", 1}}));
    }
    CHECK(samples(history, "up", 0, 290'000).size() == 29);
    history.append(300'000, points({{"up", 0}}));
    CHECK(at(history, "up", 300'000) == Expected{{"up", 0}});
    CHECK(at(history, "up", 299'000) == Expected{{"up", 1}});
}

TEST_CASE("six_hours_of_a_thousand_series_take_less_than_ten_mebibytes", "[history]") {
    // Shares as on a sidecar that was captured under load: a quarter of its series changed with
    // every sample, and a fifth of those in all bits of a double.
    History history;
    std::vector<metrics::SeriesPoint> page;
    for (int i = 0; i < 1000; ++i) {
        const auto number = std::to_string(i);
        page.push_back({test::labels("postgresql_some_metric_" + std::to_string(i / 10) +
                                     "_seconds_total{database=\"customers\",relation=\"orders_" +
                                     number + "\",state=\"active\"}"),
                        static_cast<double>(i)});
    }
    std::mt19937_64 random(1);
    for (TimestampMs now = 0; now <= 6 * 3'600'000; now += 10'000) {
        for (int i = 0; i < 1000; ++i) {
            auto& value = page[static_cast<std::size_t>(i)].value;
            const auto drawn = static_cast<double>(random() % 1'000'000);
            value = i % 20 == 0  ? drawn / 7
                    : i % 20 < 3 ? value + drawn
                    : i % 20 < 5 ? (std::round(value * 100) + std::round(drawn / 1000)) / 100
                                 : value + (random() % 1000 == 0 ? 1 : 0);
        }
        history.append(now, page);
    }
    const auto stats = history.stats();
    CHECK(stats.series == 1000);
    CHECK(stats.samples >= 2'160'000);
    CHECK(stats.bytes < 10 << 20);
    CHECK(static_cast<double>(stats.bytes) < 3.0 * static_cast<double>(stats.samples));
}

TEST_CASE("a_smaller_memory_gives_up_living_series_that_no_longer_fit", "[history]") {
    auto wide = limits(6 * 3'600'000, 10'000);
    History history(wide);
    std::vector<metrics::SeriesPoint> page;
    for (int i = 0; i < 2000; ++i) {
        page.push_back({test::labels("m{i=\"" + std::to_string(i) + "\"}"), 1});
    }
    TimestampMs now = 0;
    const auto run = [&](int steps) {
        for (int step = 0; step < steps; ++step) {
            now += 10'000;
            history.append(now, page);
        }
    };
    run(100);
    REQUIRE(history.stats().series == 2000);
    auto narrow = wide;
    narrow.bytes_max = 256 << 10;
    history.replace_limits(narrow);
    for (int step = 0; step < 50; ++step) {
        run(1);
        REQUIRE(history.stats().bytes <= narrow.bytes_max + 80'000);
    }
    const auto stats = history.stats();
    CHECK(stats.series > 200);
    CHECK(stats.series < 2000);
    CHECK(stats.series_dropped_total > 0);
    // The first ones of the snapshot stay, whole.
    CHECK(samples(history, "m", 0, now).size() > 50);
    CHECK(at(history, "m", now).size() == stats.series);
    for (const auto& [name, value] : at(history, "m", now)) {
        CHECK(value == 1);
    }
    // And all come back with the memory.
    history.replace_limits(wide);
    run(1);
    CHECK(history.stats().series == 2000);
}

TEST_CASE("a_window_that_is_changed_is_that_of_derived_series_too", "[history]") {
    History history(limits(3'600'000, 10'000));
    for (TimestampMs now = 0; now <= 3'600'000; now += 10'000) {
        history.append(now, points({{"m", 1}}));
        const auto derived = points({{"d", static_cast<double>(now)}});
        history.append_derived(now, derived);
    }
    REQUIRE(samples(history, "d", 0, 3'600'000).size() == 360);
    history.replace_limits(limits(600'000, 10'000));
    history.append(3'610'000, points({{"m", 1}}));
    history.append_derived(3'610'000, points({{"d", 1}}));
    CHECK(samples(history, "d", 0, 3'610'000).size() == 61);
    history.replace_limits(limits(3'600'000, 10'000));
    for (TimestampMs now = 3'620'000; now <= 5'000'000; now += 10'000) {
        history.append(now, points({{"m", 1}}));
        history.append_derived(now, points({{"d", static_cast<double>(now)}}));
    }
    CHECK(samples(history, "d", 0, 5'000'000).size() > 100);
}
