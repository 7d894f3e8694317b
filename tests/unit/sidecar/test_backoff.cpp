#include <catch2/catch.hpp>

#include "postgres/backoff.hpp"

using namespace opsmon;
using namespace opsmon::postgres;
using namespace std::chrono_literals;

TEST_CASE("pauses_double_from_one_second_to_five") {
    Backoff backoff;
    SteadyTime now{};
    CHECK(backoff.may_try(now));
    for (const auto pause : {1s, 2s, 4s, 5s, 5s}) {
        backoff.failed(now);
        CHECK_FALSE(backoff.may_try(now + pause - 1ms));
        CHECK(backoff.may_try(now + pause));
        now += pause;
    }
}

TEST_CASE("a_success_starts_the_pauses_over") {
    Backoff backoff;
    const SteadyTime now{};
    backoff.failed(now);
    backoff.failed(now);
    backoff.succeeded();
    CHECK(backoff.may_try(now));
    backoff.failed(now);
    CHECK(backoff.may_try(now + 1s));
}
