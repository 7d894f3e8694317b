#include <catch2/catch.hpp>

#include "collect/board.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

CollectorReport report(const std::string& collector, bool success) {
    CollectorReport out;
    out.collector = collector;
    out.success = success;
    return out;
}

} // namespace

TEST_CASE("shows_the_newest_report_of_each_collector") {
    Board board;
    const auto registration = board.add({"b", "a"}, {5s, 4s}, {});
    board.publish(registration, {report("a", false)}, {1000, SteadyTime(1s)});
    board.publish(registration, {report("a", true)}, {2000, SteadyTime(2s)});
    const BoardView view = board.view();
    REQUIRE(view.entries.size() == 2);
    CHECK(view.entries[0].collector == "a");
    CHECK(view.entries[0].report->success);
    CHECK(view.entries[0].reported_at == SteadyTime(2s));
    CHECK(view.entries[0].last_success_at == 2000);
    CHECK_FALSE(view.entries[1].report);
}

TEST_CASE("a_failure_keeps_the_time_of_the_last_success") {
    Board board;
    const auto registration = board.add({"a"}, {5s, 4s}, {});
    board.publish(registration, {report("a", true)}, {1000, SteadyTime(1s)});
    board.publish(registration, {report("a", false)}, {2000, SteadyTime(2s)});
    CHECK(board.view().entries[0].last_success_at == 1000);
}

TEST_CASE("a_replaced_collector_can_no_longer_write_on_the_board") {
    Board board;
    const auto old_one = board.add({"a"}, {5s, 4s}, {});
    const auto new_one = board.add({"a"}, {5s, 4s}, {});
    board.publish(old_one, {report("a", true)}, {1000, SteadyTime(1s)});
    CHECK_FALSE(board.view().entries[0].report);
    board.remove(old_one);
    REQUIRE(board.view().entries.size() == 1);
    board.publish(new_one, {report("a", true)}, {1000, SteadyTime(1s)});
    CHECK(board.view().entries[0].report);
    board.remove(new_one);
    CHECK(board.view().entries.empty());
}

TEST_CASE("a_collector_cannot_write_under_a_name_that_is_not_its_own") {
    Board board;
    const auto registration = board.add({"a"}, {5s, 4s}, {});
    board.publish(registration, {report("b", true)}, {1000, SteadyTime(1s)});
    CHECK(board.view().entries.size() == 1);
}

TEST_CASE("adds_up_the_series_that_collectors_dropped") {
    Board board;
    const auto registration = board.add({"a"}, {5s, 4s}, {});
    for (int i = 0; i < 2; ++i) {
        CollectorReport doubled = report("a", true);
        doubled.samples.add<"system_disk_usage_percent">(1, "/");
        doubled.samples.add<"system_disk_usage_percent">(2, "/");
        board.publish(registration, {doubled}, {1000, SteadyTime(1s)});
    }
    CHECK(board.view().dropped_duplicate_total == 2);
    CHECK(board.view().dropped_limit_total == 0);
}

TEST_CASE("a_report_is_news_once") {
    Board board;
    const auto registration = board.add({"a"}, {5s, 4s}, {});
    board.publish(registration, {report("a", true)}, {1000, SteadyTime(1s)});
    const SteadyTime begun = steady_now();
    CHECK(board.wait_for_news(begun + 60s));
    CHECK(steady_now() - begun < 30s);
    board.wait_for_news(steady_now() + 1ms); // nothing new: ends by its time
    board.wake();
    board.wait_for_news(steady_now() + 60s);
    CHECK(steady_now() - begun < 30s);
}

TEST_CASE("a_report_that_says_the_same_is_no_news_but_counts_as_a_report") {
    Board board;
    const auto registration = board.add({"a"}, {5s, 4s}, {});
    const auto with = [](double value) {
        CollectorReport out = report("a", true);
        metrics::HistogramValue times({1});
        times.observe(value);
        out.samples.add<"system_cpu_usage_percent">(7);
        out.samples.add_histogram<"service_response_time_seconds">(times, "api", "/");
        return out;
    };
    board.publish(registration, {with(0.5)}, {1000, SteadyTime(1s)});
    CHECK(board.wait_for_news(steady_now() + 60s));
    const auto first = board.view().entries[0].rendering;
    board.publish(registration, {with(0.5)}, {2000, SteadyTime(2s)});
    CHECK_FALSE(board.wait_for_news(steady_now()));
    CHECK(board.view().entries[0].reported_at == SteadyTime(2s));
    CHECK(board.view().entries[0].rendering == first);
    board.publish(registration, {with(5)}, {3000, SteadyTime(3s)});
    CHECK(board.wait_for_news(steady_now()));
    CollectorReport failed = with(5);
    failed.success = false;
    board.publish(registration, {failed}, {4000, SteadyTime(4s)});
    CHECK(board.wait_for_news(steady_now()));
}
