#include <catch2/catch.hpp>

#include <functional>

#include "support/remedy_facts.hpp"

using namespace opsmon;
using namespace opsmon::remedy;
using test::enforcing;
using test::facts_of_dead_node;
using test::kHourMs;
using test::kMegabyte;

namespace {

std::string codes(const Decision& decision) {
    std::string out;
    for (const Refusal& refusal : decision.refusals) {
        out += (out.empty() ? "" : " ") + refusal.code;
        CHECK_FALSE(refusal.text.empty());
    }
    return out;
}

// What is wrong when this alone is.
std::string alone(const std::function<void(Facts&)>& change) {
    Facts facts = facts_of_dead_node();
    change(facts);
    const Decision decision = decide(enforcing(), facts);
    CHECK((decision.verdict == Verdict::Refuse) == !decision.refusals.empty());
    CHECK_FALSE(decision.summary.empty());
    return codes(decision);
}

postgres::SlonyNodeRow& dead(Facts& facts) {
    return facts.cluster.nodes[1];
}

postgres::SlonyNodeRow& other(Facts& facts) {
    return facts.cluster.nodes[2];
}

} // namespace

TEST_CASE("a_dead_expendable_node_that_fills_the_volume_is_dropped", "[slony_remedy]") {
    const Decision decision = decide(enforcing(), facts_of_dead_node());
    CHECK(codes(decision).empty());
    CHECK(decision.verdict == Verdict::Act);
    CHECK(decision.summary ==
          "node 2 is silent for 2 h, was tried 100 times from here (db2:5432: connection refused), "
          "and holds 212.0 MB; the data volume has 300.0 MB of 1000.0 MB left and is full in 1 h; "
          "the other nodes are well");
}

TEST_CASE("the_mode_alone_decides_between_act_would_and_nothing", "[slony_remedy]") {
    config::SlonyRemedy settings;
    CHECK(settings.mode == config::RemedyMode::Observe);
    CHECK(decide(settings, facts_of_dead_node()).verdict == Verdict::Would);
    settings.mode = config::RemedyMode::Off;
    CHECK(decide(settings, facts_of_dead_node()).verdict == Verdict::Refuse);
    CHECK(codes(decide(settings, facts_of_dead_node())) == "off");
}

TEST_CASE("what_is_known_must_be_fresh_and_watched_for_long", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { f.view_at = f.now - 61'000; }) == "view_old");
    CHECK(alone([](Facts& f) { f.view_at = f.now - 60'000; }).empty());
    CHECK(alone([](Facts& f) { f.view_at = f.now + 1'000; }) == "view_old");
    CHECK(alone([](Facts& f) { f.watched_since = f.now - kHourMs / 2 + 1; }) == "watched_briefly");
    CHECK(alone([](Facts& f) { f.watched_since = f.now - kHourMs / 2; }).empty());
    CHECK(alone([](Facts& f) { f.watched_since = 0; }) == "watched_briefly");
    CHECK(alone([](Facts& f) { f.watched_since = f.now + 1; }) == "watched_briefly");
}

TEST_CASE("the_local_node_must_be_an_origin_whose_slon_is_at_work", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { f.cluster.local.is_origin = false; }) == "not_an_origin");
    CHECK(alone([](Facts& f) { f.cluster.local.slon_backends = 0; }) == "local_slon_silent");
    CHECK(alone([](Facts& f) { f.cluster.local.event_age = 61; }) == "local_slon_silent");
    CHECK(alone([](Facts& f) { f.cluster.local.event_age = std::nullopt; }) == "local_slon_silent");
    CHECK(alone([](Facts& f) { f.cluster.local.failed_nodes = 1; }) == "failover");
}

TEST_CASE("no_local_node_origin_or_provider_is_ever_dropped", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { dead(f).is_local = true; }) == "local");
    CHECK(alone([](Facts& f) { dead(f).is_origin = true; }) == "origin");
    CHECK(alone([](Facts& f) { dead(f).provides = 1; }) == "provider");
    CHECK(alone([](Facts& f) { f.node = 9; }).find("unknown") != std::string::npos);
    CHECK(alone([](Facts& f) { f.cluster.nodes.clear(); }) == "unknown");
}

TEST_CASE("no_node_that_lives_is_ever_dropped", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { dead(f).slon_backends = 1; }) == "connected");
    CHECK(alone([](Facts& f) { dead(f).heartbeat_age = 3599; }) == "not_silent");
    CHECK(alone([](Facts& f) { dead(f).heartbeat_age = 3600; }).empty());
    CHECK(alone([](Facts& f) { dead(f).heartbeat_age = std::nullopt; }) == "silence_unknown");
}

TEST_CASE("while_another_node_is_unwell_nothing_is_dropped", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { other(f).heartbeat_age = 120; }) == "others_unwell");
    CHECK(alone([](Facts& f) { other(f).heartbeat_age = std::nullopt; }) == "others_unwell");
    CHECK(alone([](Facts& f) { other(f).lag_seconds = 120; }) == "others_unwell");
    CHECK(alone([](Facts& f) {
              other(f).should_connect = true;
              other(f).slon_backends = 0;
          }) == "others_unwell");
    CHECK(alone([](Facts& f) { other(f).lag_seconds = std::nullopt; }) == "others_unwell");
    CHECK(alone([](Facts& f) { other(f).lag_seconds = 119; }).empty());
    CHECK(alone([](Facts& f) { f.cluster.nodes.pop_back(); }).empty());
}

TEST_CASE("a_node_that_answers_or_was_not_tried_enough_is_not_dropped", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { f.reach = {}; }) == "address_unknown");
    CHECK(alone([](Facts& f) { f.reach.answered = true; }) == "reachable");
    CHECK(alone([](Facts& f) { f.reach.tries = 19; }) == "tried_briefly");
    CHECK(alone([](Facts& f) { f.reach.tries = 20; }).empty());
    CHECK(alone([](Facts& f) { f.reach.first_try_at = f.reach.last_try_at - kHourMs / 2 + 1; }) ==
          "tried_briefly");
    CHECK(alone([](Facts& f) { f.reach.last_try_at = f.now - 151'000; }) == "try_old");
    CHECK(alone([](Facts& f) { f.reach.last_try_at = f.now + 1'000; }) == "try_old");
}

TEST_CASE("what_people_said_of_the_node_holds", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { f.policy = "protect"; }) == "protected");
    CHECK(alone([](Facts& f) { f.policy = "last"; }) == "protected");
    CHECK(alone([](Facts& f) { f.policy = "expendable"; }).empty());
    CHECK(alone([](Facts& f) { f.policy = std::nullopt; }).empty());
    CHECK(alone([](Facts& f) { f.inventory_readable = false; }) == "inventory_unread");
}

TEST_CASE("without_need_or_without_room_nothing_is_dropped", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { f.volume = std::nullopt; }) == "volume_unknown");
    CHECK(alone([](Facts& f) { f.volume->size_bytes = std::nullopt; }) == "volume_unknown");
    CHECK(alone([](Facts& f) { f.volume->free_bytes = std::nullopt; }) == "volume_unknown");
    CHECK(alone([](Facts& f) { f.volume->age = std::nullopt; }) == "volume_unknown");
    CHECK(alone([](Facts& f) { f.volume->age = 61; }) == "volume_unknown");
    CHECK(alone([](Facts& f) { dead(f).held_bytes = 99 * kMegabyte; }) == "holds_little");
    CHECK(alone([](Facts& f) { dead(f).held_bytes = 100 * kMegabyte; }).empty());
    CHECK(alone([](Facts& f) { dead(f).held_bytes = std::nullopt; }) == "holds_little");
    CHECK(alone([](Facts& f) { f.volume->full_in = 6 * 3600 + 1; }) == "not_pressing");
    CHECK(alone([](Facts& f) { f.volume->full_in = 6 * 3600; }).empty());
    CHECK(alone([](Facts& f) { f.volume->full_in = std::nullopt; }) == "not_pressing");
    CHECK(alone([](Facts& f) { f.volume->full_in = f.volume->rung = std::nullopt; }) ==
          "not_pressing");
    CHECK(alone([](Facts& f) { f.volume->free_bytes = 63 * kMegabyte; }) == "too_full");
    CHECK(alone([](Facts& f) { f.volume->free_bytes = 64 * kMegabyte; }).empty());
}

TEST_CASE("a_volume_that_is_nearly_full_needs_no_forecast", "[slony_remedy]") {
    CHECK(alone([](Facts& f) {
              f.volume->full_in = std::nullopt; // the fence holds the writers
              f.volume->rung = 4;
          }).empty());
}

TEST_CASE("what_the_database_has_against_it_counts_and_so_does_its_silence", "[slony_remedy]") {
    CHECK(alone([](Facts& f) { f.database = std::nullopt; }) == "not_asked");
    CHECK(alone([](Facts& f) {
              f.database->push_back({"dropped_today", "one a day"});
          }) == "dropped_today");
    CHECK(alone([](Facts& f) {
              dead(f).slon_backends = 1;
              f.database->push_back({"connected", "it is"});
              f.database->push_back({"paused", "maintenance"});
          }) == "connected paused");
}

TEST_CASE("every_reason_is_told_not_only_the_first", "[slony_remedy]") {
    Facts facts;
    facts.node = 2;
    const Decision decision = decide({}, facts);
    CHECK(codes(decision) == "watched_briefly not_an_origin local_slon_silent unknown "
                             "address_unknown inventory_unread not_asked");
    CHECK(decision.summary.ends_with(", and 6 more"));
}

TEST_CASE("only_a_node_that_is_silent_is_looked_at_closely", "[slony_remedy]") {
    config::SlonyRemedy settings;
    CHECK(is_silent(settings, test::cluster_with_dead_node().nodes[1]));
    auto node = test::well_node(2);
    CHECK_FALSE(is_silent(settings, node));
    node.slon_backends = 0;
    CHECK_FALSE(is_silent(settings, node));
    node.heartbeat_age = 60;
    CHECK(is_silent(settings, node));
    node.heartbeat_age = std::nullopt;
    CHECK(is_silent(settings, node));
    node.is_local = true;
    CHECK_FALSE(is_silent(settings, node));
    node = test::well_node(2);
    node.slon_backends = 0;
    node.heartbeat_age = 3;
    settings.minimum_silence = config::milliseconds(3000);
    CHECK(is_silent(settings, node));
}

TEST_CASE("numbers_are_readable", "[slony_remedy]") {
    CHECK(readable_seconds(0) == "0 s");
    CHECK(readable_seconds(75) == "1 min 15 s");
    CHECK(readable_seconds(120) == "2 min");
    CHECK(readable_seconds(3900) == "1 h 5 min");
    CHECK(readable_seconds(-1) == "0 s");
    CHECK(readable_bytes(512) == "512 bytes");
    CHECK(readable_bytes(1536 * 1024) == "1.5 MB");
}
