#include <catch2/catch.hpp>

#include "notify/outbox.hpp"
#include "support/slack_config.hpp"

using namespace opsmon;
using notify::Outbox;
using notify::Verdict;
using test::firing;
using test::resolved;

namespace {

const Verdict kDelivered{};
const Verdict kRetry{Verdict::Kind::Retry, "HTTP 500", std::nullopt};
const Verdict kRefused{Verdict::Kind::Refused, "HTTP 404", std::nullopt};
constexpr notify::DedupPolicy kPolicy{true, 3'600'000};

SteadyTime at(TimestampMs ms) {
    return SteadyTime(std::chrono::milliseconds(ms));
}

// Sends everything that may be sent now; the names and states of what went out.
std::string drain(Outbox& outbox, SteadyTime now, const Verdict& verdict = kDelivered) {
    std::string out;
    while (auto alert = outbox.next(now)) {
        out += (out.empty() ? "" : " ") + std::string(alert->labels.get("a")) +
               (alert->firing() ? "+" : "-");
        outbox.completed(*alert, verdict, now);
    }
    return out;
}

} // namespace

TEST_CASE("an_alert_goes_out_once_and_its_end_once", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}"), firing("{a=\"2\"}")}, at(1000));
    CHECK(drain(outbox, at(1000)) == "1+ 2+");
    outbox.offer({firing("{a=\"1\"}"), firing("{a=\"2\"}")}, at(2000));
    CHECK(drain(outbox, at(2000)).empty());
    CHECK_FALSE(outbox.next_at(at(2000)));
    outbox.offer({resolved("{a=\"1\"}"), firing("{a=\"2\"}")}, at(3000));
    CHECK(drain(outbox, at(3000)) == "1-");
    outbox.offer({firing("{a=\"1\"}", 4000)}, at(4000));
    CHECK(drain(outbox, at(4000)) == "1+");
    CHECK(outbox.stats().sent == 4);
}

TEST_CASE("an_alert_is_repeated_after_its_interval", "[notify]") {
    Outbox outbox({true, 10'000});
    std::string sent;
    for (TimestampMs now = 1000; now <= 25'000; now += 1000) {
        outbox.offer({firing("{a=\"1\"}")}, at(now));
        sent += drain(outbox, at(now)).empty() ? "." : "+";
    }
    CHECK(sent == "+.........+.........+....");
}

TEST_CASE("an_alert_that_ends_before_it_was_told_is_never_sent", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}")}, at(1000));
    outbox.offer({resolved("{a=\"1\"}")}, at(2000));
    CHECK(drain(outbox, at(2000)).empty());
}

TEST_CASE("without_send_resolved_ends_are_not_sent_and_a_new_incident_is", "[notify]") {
    Outbox outbox({false, 3'600'000});
    outbox.offer({firing("{a=\"1\"}", 1000)}, at(1000));
    CHECK(drain(outbox, at(1000)) == "1+");
    outbox.offer({resolved("{a=\"1\"}", 1000)}, at(2000));
    CHECK(drain(outbox, at(2000)).empty());
    outbox.offer({firing("{a=\"1\"}", 3000)}, at(3000));
    CHECK(drain(outbox, at(3000)) == "1+");
}

TEST_CASE("while_slack_is_down_only_the_newest_state_is_kept", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}")}, at(1000));
    CHECK(drain(outbox, at(1000), kRetry) == "1+");
    for (TimestampMs now = 1001; now < 1900; now += 100) {
        auto alert = firing("{a=\"1\"}");
        alert.value = static_cast<double>(now);
        outbox.offer({alert}, at(now));
        CHECK(outbox.stats().waiting == 1);
        CHECK(drain(outbox, at(now)).empty()); // it rests
    }
    CHECK(outbox.next_at(at(1900)) == at(2000));
    const auto alert = outbox.next(at(2000));
    REQUIRE(alert);
    CHECK(alert->value == 1801);
}

TEST_CASE("retries_wait_longer_and_longer_and_as_long_as_slack_asks", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}")}, at(0));
    auto now = at(0);
    std::vector<TimestampMs> waits;
    for (int i = 0; i < 4; ++i) {
        const auto alert = outbox.next(now);
        REQUIRE(alert);
        outbox.completed(*alert, i < 3 ? kRetry : Verdict{Verdict::Kind::Retry, "HTTP 429", 30'000},
                         now);
        const auto again = outbox.next_at(now);
        REQUIRE(again);
        waits.push_back(
            std::chrono::duration_cast<std::chrono::milliseconds>(*again - now).count());
        CHECK_FALSE(outbox.next(*again - std::chrono::milliseconds(1)));
        now = *again;
    }
    CHECK(waits == std::vector<TimestampMs>{1000, 2000, 4000, 30'000});
    CHECK(outbox.stats().retries == 4);
    CHECK(drain(outbox, now) == "1+");
}

TEST_CASE("what_is_refused_is_counted_and_not_tried_again_until_the_repeat", "[notify]") {
    Outbox outbox({true, 10'000});
    outbox.offer({firing("{a=\"1\"}")}, at(1000));
    CHECK(drain(outbox, at(1000), kRefused) == "1+");
    CHECK(outbox.stats().failed == 1);
    outbox.offer({firing("{a=\"1\"}")}, at(5000));
    CHECK(drain(outbox, at(5000)).empty());
    outbox.offer({firing("{a=\"1\"}")}, at(11'000));
    CHECK(drain(outbox, at(11'000)) == "1+");
}

TEST_CASE("after_a_reload_what_was_refused_is_tried_again", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}"), firing("{a=\"2\"}")}, at(1000));
    const auto first = outbox.next(at(1000));
    REQUIRE(first);
    outbox.completed(*first, kRefused, at(1000));
    CHECK(drain(outbox, at(1000)) == "2+");
    outbox.adopt(kPolicy);
    outbox.offer({firing("{a=\"1\"}"), firing("{a=\"2\"}")}, at(2000));
    CHECK(drain(outbox, at(2000)) == "1+");
}

TEST_CASE("an_alert_that_ends_while_it_is_in_flight_is_told_both", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}")}, at(1000));
    const auto flying = outbox.next(at(1000));
    REQUIRE(flying);
    outbox.offer({resolved("{a=\"1\"}")}, at(1500));
    SECTION("when the first message arrives") {
        outbox.completed(*flying, kDelivered, at(2000));
        CHECK(drain(outbox, at(2000)) == "1-");
    }
    SECTION("and is not told its end when the first message did not arrive") {
        outbox.completed(*flying, kRetry, at(2000));
        CHECK(drain(outbox, at(10'000)).empty());
        CHECK(outbox.stats().waiting == 0);
    }
}

TEST_CASE("an_alert_that_goes_on_while_it_is_in_flight_is_told_once", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}")}, at(1000));
    const auto flying = outbox.next(at(1000));
    REQUIRE(flying);
    outbox.offer({firing("{a=\"1\"}")}, at(1500));
    outbox.completed(*flying, kDelivered, at(2000));
    CHECK(drain(outbox, at(2000)).empty());
}

TEST_CASE("beyond_its_limit_the_outbox_drops_and_counts_each_alert_once", "[notify]") {
    Outbox outbox(kPolicy);
    std::vector<rules::Alert> many;
    for (std::size_t i = 0; i < notify::kMaxWaiting + 5; ++i) {
        many.push_back(firing("{a=\"" + std::to_string(i) + "\"}"));
    }
    outbox.offer(many, at(1000));
    outbox.offer(many, at(2000));
    CHECK(outbox.stats().waiting == notify::kMaxWaiting);
    CHECK(outbox.stats().dropped == 5);
    drain(outbox, at(2000));
    outbox.offer(many, at(3000));
    drain(outbox, at(3000));
    CHECK(outbox.stats().sent == notify::kMaxWaiting + 5);
    CHECK(outbox.stats().dropped == 5);
}

TEST_CASE("at_the_end_even_a_resting_webhook_is_asked_once_more", "[notify]") {
    Outbox outbox(kPolicy);
    outbox.offer({firing("{a=\"1\"}")}, at(1000));
    CHECK(drain(outbox, at(1000), kRetry) == "1+");
    CHECK_FALSE(outbox.next(at(1001)));
    CHECK(outbox.next(at(1001), true));
}
