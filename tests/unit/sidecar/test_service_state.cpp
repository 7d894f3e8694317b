#include <catch2/catch.hpp>

#include "collect/probe/service_state.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

TEST_CASE("health_is_unknown_before_the_first_attempt_ends") {
    ServiceState state(2s);
    CHECK_FALSE(state.view().healthy);
    state.begin(SteadyTime(0s));
    CHECK_FALSE(state.view().healthy);
}

TEST_CASE("successes_and_failures_both_count_as_response_times") {
    ServiceState state(2s);
    CHECK(state.end(state.begin(SteadyTime(0s)), true, SteadyTime(100ms)) == true);
    CHECK(state.view().healthy == true);
    CHECK(state.end(state.begin(SteadyTime(5s)), false, SteadyTime(5300ms)) == false);
    CHECK(state.view().healthy == false);
    CHECK(state.view().response_times.count() == 2);
    CHECK(state.view().response_times.sum == Approx(0.4));
}

TEST_CASE("an_answer_after_the_time_out_is_not_healthy") {
    ServiceState state(2s);
    CHECK(state.end(state.begin(SteadyTime(0s)), true, SteadyTime(2001ms)) == false);
    CHECK(state.view().healthy == false);
}

TEST_CASE("an_attempt_that_was_given_up_counts_once") {
    ServiceState state(2s);
    const auto attempt = state.begin(SteadyTime(0s));
    CHECK_FALSE(state.give_up_if_late(SteadyTime(2s)));
    CHECK(state.give_up_if_late(SteadyTime(3s)));
    CHECK_FALSE(state.give_up_if_late(SteadyTime(4s)));
    CHECK(state.view().healthy == false);
    CHECK_FALSE(state.end(attempt, true, SteadyTime(9s)).has_value());
    CHECK(state.view().healthy == false);
    CHECK(state.view().response_times.count() == 1);
    CHECK(state.view().response_times.sum == Approx(3));
}

TEST_CASE("a_successor_goes_on_counting") {
    ServiceState before(2s);
    before.end(before.begin(SteadyTime(0s)), true, SteadyTime(1s));
    ServiceState after(1s);
    after.continue_from(before);
    CHECK(after.view().healthy == true);
    CHECK(after.view().response_times.count() == 1);
}
