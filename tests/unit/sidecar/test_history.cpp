#include <catch2/catch.hpp>

#include "history/history.hpp"
#include "support/series.hpp"

#include <cmath>
#include <limits>

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
    CHECK(history.count_samples() == 1);
}

TEST_CASE("history_forgets_what_is_older_than_its_window", "[history]") {
    History history({10'000, 100});
    for (TimestampMs now = 1000; now <= 60'000; now += 1000) {
        history.append(now, points({{"m", 1}}));
    }
    CHECK(history.count_samples() == 11);
    history.append(61'000, {});
    CHECK(history.stats().series == 1);
    history.append(72'000, {});
    CHECK(history.stats().series == 0);
    CHECK(history.count_samples() == 0);
}

TEST_CASE("history_counts_the_points_it_has_no_room_for", "[history]") {
    History history({60'000, 2});
    history.append(1000, points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 2}, {"m{a=\"3\"}", 3}}));
    CHECK(history.stats().series == 2);
    CHECK(history.stats().series_dropped_total == 1);
}

TEST_CASE("ended_series_make_room_for_new_ones", "[history]") {
    History history({60'000, 2});
    history.append(1000, points({{"m{a=\"1\"}", 1}, {"m{a=\"2\"}", 2}}));
    history.append(2000, points({{"m{a=\"2\"}", 2}}));
    history.append(3000, points({{"m{a=\"2\"}", 2}, {"m{a=\"3\"}", 3}}));
    CHECK(at(history, "m", 3000) == Expected{{"m{a=\"2\"}", 2}, {"m{a=\"3\"}", 3}});
    CHECK(history.stats().series_dropped_total == 0);
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
    CHECK(history.count_samples() == 1);
}

TEST_CASE("a_value_that_stays_the_same_is_stored_again_only_every_thirty_seconds", "[history]") {
    History history;
    for (TimestampMs now = 0; now < 300'000; now += 1000) {
        history.append(now, points({{"up", 1}}));
    }
    CHECK(history.count_samples() == 10);
    CHECK(at(history, "up", 299'000) == Expected{{"up", 1}});
    history.append(300'000, points({{"up", 0}}));
    CHECK(at(history, "up", 300'000) == Expected{{"up", 0}});
    CHECK(at(history, "up", 299'000) == Expected{{"up", 1}});
}
