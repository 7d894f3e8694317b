#include <catch2/catch.hpp>

#include <limits>

#include "support/simulated_network.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;
using test::SimulatedNetwork;

namespace {

constexpr int kDay = SimulatedNetwork::kDay;
const std::set<std::string> kNone;

// Ten times as much of everything within five minutes, from everywhere, and everybody is served.
void flash_crowd(AttackFacts& facts, int seconds, double times) {
    const double factor = 1 + (times - 1) * std::min(1.0, seconds / 300.0);
    facts.received_per_second = std::min(125e6, facts.received_per_second * factor);
    facts.sent_per_second = std::min(125e6, facts.sent_per_second * factor);
    facts.receive_percent = facts.received_per_second / 125e4;
    *facts.public_packets *= factor;
    *facts.passive_opens *= factor;
    *facts.half_open *= factor;
    facts.cookies_sent = 50.0; // a queue overflows now and then, and the clients are real
    facts.cookies_received = 48.0;
    *facts.prefix_connections *= 2; // a few more in the same office
    *facts.request_rate *= 2;
}

// 800 Mbps come in, and 1000 requests per second from three address ranges.
void incident(AttackFacts& facts, int) {
    facts.received_per_second = 100e6;
    facts.receive_percent = 80;
    facts.sent_per_second = 30e6;
    *facts.public_packets += 90'000;
    *facts.passive_opens += 1000;
    facts.prefix_connections = 700;
    facts.prefix_share = 0.31;
    facts.prefix = "203.0.113.0/24";
    facts.request_rate = 350;
    facts.request_client = "203.0.113.0/24 /api/login";
}

SimulatedNetwork after_two_weeks() {
    static const SimulatedNetwork lived = [] {
        SimulatedNetwork out;
        out.live(14 * kDay);
        return out;
    }();
    return lived;
}

} // namespace

TEST_CASE("two_weeks_of_ordinary_days_and_nights_are_quiet", "[attack]") {
    SimulatedNetwork network;
    CHECK(network.live(14 * kDay) == kNone);
    for (const auto& verdict : network.verdicts) {
        REQUIRE(verdict);
        CHECK(verdict->threshold);
        CHECK(verdict->value < *verdict->threshold);
    }
}

TEST_CASE("a_flash_crowd_is_quiet_by_day_and_by_night", "[attack]") {
    for (const int hour : {4, 9, 16}) {
        for (const double times : {5.0, 8.0, 10.0}) {
            CAPTURE(hour, times);
            SimulatedNetwork network = after_two_weeks();
            network.live_until_hour(hour);
            CHECK(network.live(3 * 3600, [&](AttackFacts& facts, int seconds) {
                flash_crowd(facts, seconds, times);
            }) == kNone);
        }
    }
}

TEST_CASE("the_attack_of_the_incident_is_named_within_a_minute", "[attack]") {
    for (const int hour : {4, 16}) {
        for (const AttackReason reason :
             {AttackReason::Traffic, AttackReason::RequestRate, AttackReason::TopPrefix}) {
            CAPTURE(hour, reason);
            SimulatedNetwork network = after_two_weeks();
            network.live_until_hour(hour);
            const int seconds = network.seconds_until(reason, 600, incident);
            CHECK(seconds > 0);
            CHECK(seconds <= 60);
        }
    }
    SimulatedNetwork network = after_two_weeks();
    network.live(120, incident);
    CHECK(network.verdict(AttackReason::RequestRate).detail == "203.0.113.0/24 /api/login");
    CHECK(network.verdict(AttackReason::RequestRate).value == 350.0);
    CHECK(network.verdict(AttackReason::Traffic).detail == "eth0");
    CHECK(network.verdict(AttackReason::TopPrefix).detail == "203.0.113.0/24");
}

TEST_CASE("an_attack_that_fills_the_link_with_answers_is_named_by_who_asks", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    const auto named = network.live(120, [](AttackFacts& facts, int seconds) {
        incident(facts, seconds);
        facts.received_per_second = 10e6;
        facts.receive_percent = 8;
        facts.sent_per_second = 110e6;
    });
    CHECK(named.contains("request_rate"));
    CHECK_FALSE(named.contains("traffic"));
}

TEST_CASE("a_syn_flood_is_named_within_a_minute_and_needs_no_learning", "[attack]") {
    const auto flood = [](AttackFacts& facts, int) { facts.half_open = 1024; };
    CHECK(SimulatedNetwork().seconds_until(AttackReason::SynFlood, 600, flood) <= 60);
    SimulatedNetwork learned = after_two_weeks();
    CHECK(learned.live(120, flood) == std::set<std::string>{"syn_flood"});
    CHECK(learned.verdict(AttackReason::SynFlood).value == 1024.0);
}

TEST_CASE("a_syn_flood_is_named_by_cookies_that_never_come_back", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    CHECK(network.live(120, [](AttackFacts& facts, int) {
        facts.half_open.reset(); // sockets cannot be read
        facts.cookies_sent = 20'000.0;
        facts.cookies_received = 90.0;
    }) == std::set<std::string>{"syn_flood"});
    CHECK(network.verdict(AttackReason::SynFlood).detail == "unanswered SYNs per second");
}

TEST_CASE("a_syn_flood_is_named_by_drops_where_cookies_are_off", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    CHECK(network.live(120, [](AttackFacts& facts, int) { facts.queue_full_drops = 5000.0; }) ==
          std::set<std::string>{"syn_flood"});
}

TEST_CASE("an_application_that_does_not_accept_is_not_a_syn_flood", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    CHECK(network.live(3600, [](AttackFacts& facts, int) {
        facts.half_open = 900;
        facts.listen_overflows = 60;
        facts.passive_opens = 0;
    }) == kNone);
}

TEST_CASE("many_half_open_connections_of_a_busy_server_are_not_a_syn_flood", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    CHECK(network.live(3600, [](AttackFacts& facts, int) {
        facts.half_open = 400; // a fifth of a second each, as clients from far away need
        facts.passive_opens = 2000;
    }) == kNone);
}

TEST_CASE("one_prefix_that_slowly_hoards_connections_is_named", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    network.live_until_hour(16);
    int enough_at = 0; // when it has a quarter of all connections
    const int named_at = network.seconds_until(
        AttackReason::TopPrefix, 3 * 3600, [&](AttackFacts& facts, int seconds) {
            const double hoarded = std::min(1500.0, seconds / 2.0);
            const double share = hoarded / (2000 + hoarded);
            facts.prefix_connections = std::max(*facts.prefix_connections, hoarded);
            facts.prefix_share = std::max(*facts.prefix_share, share);
            facts.prefix = "203.0.113.0/24";
            enough_at = enough_at == 0 && share >= 0.25 ? seconds : enough_at;
        });
    REQUIRE(enough_at > 0);
    CHECK(named_at - enough_at <= 60);
    CHECK(named_at > enough_at);
    CHECK(network.verdict(AttackReason::TopPrefix).detail == "203.0.113.0/24");
}

TEST_CASE("connections_without_end_from_one_prefix_or_from_far_too_many_are_named", "[attack]") {
    const auto flood = [](double opens, double share) {
        return [=](AttackFacts& facts, int) {
            facts.passive_opens = opens;
            facts.public_packets = 10 * opens;
            facts.prefix_share = share;
        };
    };
    CHECK(after_two_weeks().live(120, flood(2500, 0.6)).contains("connection_rate"));
    CHECK_FALSE(after_two_weeks().live(120, flood(2500, 0.02)).contains("connection_rate"));
    CHECK(after_two_weeks().live(120, flood(15'000, 0.02)).contains("connection_rate"));
}

TEST_CASE("a_batch_job_from_inside_is_quiet_the_first_time_too", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    CHECK(network.live(1200, [](AttackFacts& facts, int) { facts.passive_opens = 15'000; }) ==
          kNone);
}

TEST_CASE("nothing_that_needs_a_baseline_is_suspected_before_it_has_learned", "[attack]") {
    SimulatedNetwork network;
    CHECK(network.live(2 * kDay, incident) == kNone);
    CHECK_FALSE(network.verdict(AttackReason::Traffic).threshold);
}

TEST_CASE("a_copy_that_comes_in_every_night_is_ordinary", "[attack]") {
    SimulatedNetwork network;
    for (int day = 0; day < 10; ++day) {
        CHECK(network.live(kDay, [](AttackFacts& facts, int seconds) {
            if (seconds < 3600) {
                facts.received_per_second = 110e6;
                facts.receive_percent = 88;
            }
        }) == kNone);
    }
}

TEST_CASE("a_quiet_machine_that_jumps_a_little_is_not_attacked", "[attack]") {
    SimulatedNetwork network;
    const auto idle = [](AttackFacts& facts, int) {
        facts = AttackFacts();
        facts.receive_percent = 0.01;
        facts.public_packets = 10;
        facts.passive_opens = 0.1;
        facts.half_open = 0;
        facts.prefix_connections = 1;
        facts.prefix_share = 1; // one visitor is all visitors
        facts.request_rate = 0.1;
    };
    network.live(5 * kDay, idle);
    CHECK(network.live(3600, [&](AttackFacts& facts, int seconds) {
        idle(facts, seconds);
        facts.receive_percent = 30; // a download
        facts.received_per_second = 37e6;
        facts.public_packets = 30'000;
        facts.passive_opens = 150;
        facts.prefix_connections = 150;
        facts.request_rate = 150;
        facts.half_open = 100;
    }) == kNone);
}

TEST_CASE("an_attack_is_not_learned_as_ordinary_and_is_named_again", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    const auto before = network.state.of[0].peaks.peak();
    network.live_until_hour(16);
    network.live(2 * kDay, incident);
    CHECK(network.verdict(AttackReason::Traffic).suspected); // for as long as it lasts
    network.live(kDay);
    CHECK_FALSE(network.verdict(AttackReason::Traffic).suspected);
    CHECK(network.state.of[0].peaks.peak() <= 1.1 * *before);
    network.live_until_hour(16);
    CHECK(network.seconds_until(AttackReason::Traffic, 600, incident) <= 60);
}

TEST_CASE("a_suspicion_holds_and_does_not_flap", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    network.live(120, incident);
    REQUIRE(network.verdict(AttackReason::Traffic).suspected);
    const auto since = network.verdict(AttackReason::Traffic).since;
    int changes = 0;
    bool last = true;
    for (int minute = 0; minute < 60; ++minute) { // two minutes on, two off
        network.live(60, minute % 4 < 2 ? SimulatedNetwork::Change() : incident);
        changes += network.verdict(AttackReason::Traffic).suspected != last ? 1 : 0;
        last = network.verdict(AttackReason::Traffic).suspected;
    }
    CHECK(changes == 0);
    CHECK(network.verdict(AttackReason::Traffic).since == since);
    network.live(240);
    CHECK(network.verdict(AttackReason::Traffic).suspected);
    network.live(120);
    CHECK_FALSE(network.verdict(AttackReason::Traffic).suspected);
    CHECK(network.verdict(AttackReason::Traffic).detail.empty());
}

TEST_CASE("an_attack_in_pulses_is_named_as_well", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    const int seconds =
        network.seconds_until(AttackReason::Traffic, 600, [](AttackFacts& facts, int passed) {
            if (passed % 50 < 40) {
                incident(facts, passed);
            }
        });
    CHECK(seconds > 0);
    CHECK(seconds <= 120);
}

TEST_CASE("a_signal_that_is_lost_keeps_the_suspicion_for_the_hold_and_is_then_absent", "[attack]") {
    SimulatedNetwork network = after_two_weeks();
    network.live(120, incident);
    const auto lost = [](AttackFacts& facts, int) { facts.request_rate.reset(); };
    network.live(290, lost);
    CHECK(network.verdict(AttackReason::RequestRate).suspected);
    CHECK_FALSE(network.verdict(AttackReason::RequestRate).value);
    network.live(60, lost);
    CHECK_FALSE(network.verdicts[static_cast<std::size_t>(AttackReason::RequestRate)]);
}

TEST_CASE("what_cannot_be_measured_has_no_verdict", "[attack]") {
    AttackState state;
    for (const auto& verdict : judge(state, {}, {0, SteadyTime{1h}}, {})) {
        CHECK_FALSE(verdict);
    }
}

TEST_CASE("one_reading_after_a_long_pause_is_not_an_attack", "[attack]") {
    AttackState state;
    AttackFacts facts;
    facts.half_open = 1024;
    facts.passive_opens = 1;
    for (int i = 0; i < 2; ++i) {
        const auto verdicts =
            judge(state, facts, {i * 3'600'000, SteadyTime{100h} + i * 1h}, config::Attack());
        CHECK_FALSE(verdicts[2]->suspected);
    }
}

TEST_CASE("facts_that_are_nonsense_are_not_an_attack", "[attack]") {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    for (const double nonsense : {kNaN, -1e300, -1.0}) {
        SimulatedNetwork network = after_two_weeks();
        CHECK(network.live(600, [&](AttackFacts& facts, int) {
            facts = AttackFacts();
            facts.receive_percent = facts.public_packets = facts.passive_opens = nonsense;
            facts.half_open = facts.prefix_connections = facts.prefix_share = nonsense;
            facts.request_rate = facts.cookies_sent = facts.queue_full_drops = nonsense;
            facts.received_per_second = facts.sent_per_second = nonsense;
        }) == kNone);
        CHECK(network.state.of[0].peaks.peak() == after_two_weeks().state.of[0].peaks.peak());
    }
}

TEST_CASE("the_ordinary_is_learned_at_any_interval_of_collection", "[attack]") {
    for (const int interval_s : {5, 31, 60, 300, 3600}) {
        CAPTURE(interval_s);
        AttackState state;
        AttackFacts facts;
        facts.request_rate = 40;
        Verdicts verdicts;
        for (int second = 0; second < 5 * 86'400; second += interval_s) {
            const CycleTime now{1'700'000'000'000 + second * 1000LL, SteadyTime(second * 1s)};
            verdicts = judge(state, facts, now, {});
        }
        const auto& verdict = verdicts[static_cast<std::size_t>(AttackReason::RequestRate)];
        REQUIRE(verdict);
        CHECK(verdict->threshold);
        CHECK(verdict->baseline.value_or(0) == Approx(40));
    }
}
