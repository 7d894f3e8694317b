#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>

#include "base/scheduler.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

TEST_CASE("the_next_slot_lies_on_the_grid_after_now") {
    const SteadyTime start{};
    CHECK(next_slot(start, 5s, start) == start + 5s);
    CHECK(next_slot(start, 5s, start + 4999ms) == start + 5s);
    CHECK(next_slot(start, 5s, start + 5s) == start + 10s);
}

TEST_CASE("a_call_that_took_too_long_skips_slots") {
    const SteadyTime start{};
    CHECK(next_slot(start, 5s, start + 23s) == start + 25s);
}

TEST_CASE("calls_again_and_again_until_stopped") {
    auto called_often = std::make_shared<std::promise<void>>();
    auto calls = std::make_shared<std::atomic<int>>(0);
    PeriodicTask task("test", 1ms, [=](const StopSignal&) {
        if (++*calls == 3) {
            called_often->set_value();
        }
    });
    CHECK(called_often->get_future().wait_for(10s) == std::future_status::ready);
    task.request_stop();
    CHECK(task.wait_until_stopped(steady_now() + 10s));
    CHECK(*calls >= 3);
}

TEST_CASE("a_stop_ends_the_wait_between_calls") {
    auto called = std::make_shared<std::promise<void>>();
    PeriodicTask task("test", 1h, [=](const StopSignal&) { called->set_value(); });
    REQUIRE(called->get_future().wait_for(10s) == std::future_status::ready);
    task.request_stop();
    CHECK(task.wait_until_stopped(steady_now() + 10s));
}

TEST_CASE("a_call_that_hangs_is_not_waited_for") {
    auto called = std::make_shared<std::promise<void>>();
    auto release = std::make_shared<std::promise<void>>();
    PeriodicTask task("test", 1h,
                      [called, gate = release->get_future().share()](const StopSignal&) {
                          called->set_value();
                          gate.wait();
                      });
    REQUIRE(called->get_future().wait_for(10s) == std::future_status::ready);
    task.request_stop();
    CHECK_FALSE(task.wait_until_stopped(steady_now() + 10ms));
    release->set_value();
    CHECK(task.wait_until_stopped(steady_now() + 10s));
}

TEST_CASE("a_task_that_throws_is_called_again") {
    auto calls = std::make_shared<std::atomic<int>>(0);
    auto third = std::make_shared<StopSignal>();
    const PeriodicTask task("throws", 1ms, [calls, third](const StopSignal&) {
        if (++*calls == 3) {
            third->request();
        }
        throw std::runtime_error("in spite of everything");
    });
    CHECK(third->wait_until(steady_now() + 30s));
}
