#include <catch2/catch.hpp>

#include "notify/backoff.hpp"
#include "notify/dedup.hpp"

using namespace opsmon;
using notify::reason_to_send;
using notify::SendReason;
using notify::Told;

namespace {

rules::Alert alert(bool firing, TimestampMs fired_at) {
    rules::Alert out;
    out.state = firing ? rules::AlertState::Firing : rules::AlertState::Inactive;
    out.fired_at = fired_at;
    return out;
}

SteadyTime at(TimestampMs ms) {
    return SteadyTime(std::chrono::milliseconds(ms));
}

} // namespace

TEST_CASE("an_alert_is_sent_when_there_is_news_or_it_is_time_to_repeat", "[notify]") {
    struct Row {
        const char* name;
        bool firing;
        std::optional<Told> told;
        bool send_resolved;
        TimestampMs now;
        SendReason expected;
    };
    const Told told{100, at(1000), true};
    const Told refused{100, at(1000), false};
    const std::vector<Row> table = {
        {"new", true, std::nullopt, true, 1000, SendReason::Firing},
        {"told, too early", true, told, true, 1499, SendReason::Nothing},
        {"told, time to repeat", true, told, true, 1500, SendReason::Repeat},
        {"fired again", true, Told{50, at(1000), true}, true, 1001, SendReason::Firing},
        {"refused, too early", true, refused, true, 1499, SendReason::Nothing},
        {"refused, time to try again", true, refused, true, 1500, SendReason::Repeat},
        {"resolved, never told", false, std::nullopt, true, 1000, SendReason::Nothing},
        {"resolved, told", false, told, true, 1001, SendReason::Resolved},
        {"resolved, told, not wanted", false, told, false, 1001, SendReason::Nothing},
        {"resolved, but the firing never arrived", false, refused, true, 1001, SendReason::Nothing},
    };
    for (const auto& row : table) {
        CAPTURE(row.name);
        CHECK(reason_to_send(alert(row.firing, 100), row.told, {row.send_resolved, 500},
                             at(row.now)) == row.expected);
    }
}

TEST_CASE("the_wait_before_a_retry_doubles_up_to_a_minute", "[notify]") {
    std::vector<TimestampMs> waits;
    for (int failures = 1; failures <= 9; ++failures) {
        waits.push_back(notify::backoff_ms(failures, std::nullopt));
    }
    CHECK(waits ==
          std::vector<TimestampMs>{1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000});
    CHECK(notify::backoff_ms(1, 30'000) == 30'000);
    CHECK(notify::backoff_ms(1, 0) == 1000);
    CHECK(notify::backoff_ms(1, 86'400'000) == 600'000);
}
