#include <catch2/catch.hpp>

#include "heartbeat.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

Vitals after(std::uint64_t rounds) {
    Vitals out;
    out.rounds = rounds;
    return out;
}

} // namespace

TEST_CASE("is_alive_only_when_the_pipeline_has_gone_on", "[heartbeat]") {
    Heartbeat heart(30s);
    CHECK_FALSE(heart.beats(after(0))); // the first round is not done
    CHECK(heart.beats(after(1)));
    CHECK_FALSE(heart.beats(after(1)));
    CHECK_FALSE(heart.beats(after(1)));
    CHECK(heart.beats(after(2)));
    CHECK(heart.beats(after(900)));
    CHECK_FALSE(heart.beats(after(900)));
}

TEST_CASE("only_rounds_are_a_sign_of_life", "[heartbeat]") {
    Heartbeat heart(30s);
    CHECK(heart.beats(after(1)));
    Vitals other = after(1);
    other.alerts_firing = 3;
    other.reload_successful = false;
    CHECK_FALSE(heart.beats(other));
}

TEST_CASE("nobody_is_told_where_nobody_looks", "[heartbeat]") {
    Heartbeat heart(std::nullopt);
    CHECK_FALSE(heart.beats(after(1)));
    CHECK(heart.pause() == 5s);
}

TEST_CASE("looks_four_times_within_the_watchdogs_time", "[heartbeat]") {
    CHECK(Heartbeat(8s).pause() == 2s);
    CHECK(Heartbeat(2s).pause() == 500ms);
    CHECK(Heartbeat(1h).pause() == 5s);
    CHECK(Heartbeat(1us).pause() == 100ms);
    CHECK(Heartbeat(std::chrono::microseconds::max()).pause() == 5s);
    // A round takes a second at the most when all is well: between two looks of a watchdog of eight
    // seconds there are two, and a word is due at each.
    for (const auto watchdog : {8s, 30s, 60s}) {
        CHECK(Heartbeat(watchdog).pause() * 4 <= watchdog);
    }
}

TEST_CASE("the_status_is_one_line_that_says_what_is_wrong", "[heartbeat]") {
    Vitals vitals = after(7);
    vitals.collectors = 14;
    CHECK(status_line(vitals, "127.0.0.1:9788") ==
          "Serving on 127.0.0.1:9788; 14 collectors; 0 alerts firing");
    vitals.collectors_failing = 2;
    vitals.alerts_firing = 1;
    vitals.reload_successful = false;
    CHECK(
        status_line(vitals, "[::1]:9788") ==
        "Serving on [::1]:9788; 14 collectors, 2 failing; 1 alert firing; the last reload failed, "
        "see the log");
}
