// Who takes WAL, and who did before a restart, in the verdict.
#include <catch2/catch.hpp>

#include "verdict_server.hpp"

using namespace opsmon::core;
using Server = VerdictServer;

namespace {

RememberedConsumer remembered(const char* kind, const char* name, Remembered state,
                              TimeUs since = 0, Expected expected = Expected::NotSaid) {
    RememberedConsumer consumer{};
    consumer.kind.assign(kind);
    consumer.name.assign(name);
    consumer.state = state;
    consumer.state_since = since;
    consumer.expected = expected;
    return consumer;
}

// The server started 40 s ago, and nobody has come for the slot since.
struct Restarted : Server {
    RememberedConsumer inventory[3] = {};

    Restarted() {
        slot().active_pid = 0;
        slot().last_progress_at = 0;
        slot().inactive_since = kNow - 40 * kUsPerSecond;
        facts.remembered = inventory;
    }
    void remember(const RememberedConsumer& consumer) {
        inventory[facts.remembered_count++] = consumer;
    }
};

} // namespace

TEST_CASE("who_left_before_a_restart_is_told_of_as_who_leaves_now", "[verdict]") {
    Restarted server;
    server.remember(
        remembered("slot", "standby_1", Remembered::Vanished, kNow - 3 * 3600 * kUsPerSecond));
    CHECK(server.severity() == Severity::Critical);
    CHECK(server.words() ==
          "Slot standby_1 has had no consumer for 3 h and holds back 37 GiB of WAL");
    server.inventory[0].state_since = 0;
    CHECK(server.words() ==
          "Slot standby_1 has had no consumer for 40 s and holds back 37 GiB of WAL");
}

TEST_CASE("who_was_there_before_a_restart_has_time_to_come_back", "[verdict]") {
    Restarted server;
    server.remember(remembered("slot", "standby_1", Remembered::Missing, kNow - 20 * kUsPerSecond));
    CHECK(server.severity() == Severity::Critical); // it had 40 s
    server.slot().inactive_since = kNow - 7 * kUsPerSecond;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() ==
          "Slot standby_1 has waited for its consumer for 7 s, since PostgreSQL started");
    server.slot().inactive_since = kNow - 4 * kUsPerSecond;
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("a_slot_nobody_ever_came_for_is_told_of", "[verdict]") {
    Restarted server;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "Slot standby_1 has no consumer; it holds 37 GiB");
    server.remember(remembered("slot", "standby_1", Remembered::Other, 0, Expected::No));
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("slots_nobody_ever_came_for_are_one_finding_with_what_the_farthest_keeps", "[verdict]") {
    Restarted server;
    server.sample->slots[1] = server.sample->slots[0];
    server.sample->slots[1].name.assign("b");
    server.sample->slots[1].restart_lsn = 99 * kGiB;
    server.sample->slot_count = 2;
    CHECK(server.words() == "2 slots have no consumer; they hold 37 GiB");
    CHECK(server.more().empty());
}

TEST_CASE("a_slot_that_others_move_or_own_has_no_consumer_to_miss", "[verdict]") {
    Restarted server;
    SECTION("moved") {
        server.slot().last_progress_at = server.slot().inactive_since + 3 * kUsPerSecond;
    }
    SECTION("copied from the primary") {
        server.slot().synced = true;
    }
    SECTION("of a session") {
        server.slot().lifetime = SlotLifetime::Temporary;
    }
    SECTION("it holds nothing") {
        server.slot().restart_lsn = kUnknownLsn;
    }
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("an_inventory_is_found_by_name_and_kind", "[verdict]") {
    Restarted server;
    server.remember(remembered("slot", "a", Remembered::Vanished));
    server.remember(remembered("standby", "standby_1", Remembered::Vanished));
    server.remember(remembered("slot", "standby_1", Remembered::Vanished));
    CHECK(server.severity() == Severity::Critical);
    server.facts.remembered_count = 2;
    CHECK(server.severity() == Severity::Warning);
}

TEST_CASE("what_the_guard_saw_counts_before_what_is_remembered", "[verdict]") {
    Restarted server;
    server.let_consumer_vanish();
    server.slot().current_lsn_at_progress = 64 * kGiB;
    server.remember(
        remembered("slot", "standby_1", Remembered::Vanished, kNow - 3 * 3600 * kUsPerSecond));
    CHECK(server.words() ==
          "Slot standby_1 has had no consumer for 20 s and holds back 37 GiB of WAL");
    CHECK(server.more().empty());
}

TEST_CASE("who_is_expected_is_missed_although_nothing_is_kept_for_it", "[verdict]") {
    Server server;
    RememberedConsumer consumer = remembered("standby", "reports", Remembered::Vanished,
                                             kNow - 60 * kUsPerSecond, Expected::Yes);
    server.facts.remembered = &consumer;
    server.facts.remembered_count = 1;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "The standby reports is expected, and has been gone for 1 min");
    consumer.state_since = 0;
    CHECK(server.words() == "The standby reports is expected, and has been gone");
    consumer.kind.assign("slot"); // a slot that is there is judged by itself
    CHECK(server.severity() == Severity::Ok);
    consumer.state = Remembered::Dropped;
    CHECK(server.words() == "The slot reports is expected, and has been gone");
    consumer.expected = Expected::NotSaid;
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("a_slony_node_that_is_gone_fills_tables", "[verdict]") {
    Server server;
    RememberedConsumer node = remembered("slony_node", "production.2@app", Remembered::Vanished,
                                         kNow - 3 * 3600 * kUsPerSecond);
    server.facts.remembered = &node;
    server.facts.remembered_count = 1;
    CHECK(server.severity() == Severity::Critical);
    CHECK(server.words() == "The Slony node production.2@app has been away for 3 h, and its "
                            "cluster keeps its log for it");
    node.expected = Expected::No;
    CHECK(server.severity() == Severity::Ok);
    node.expected = Expected::Yes;
    node.state = Remembered::Missing; // a slon restarts
    CHECK(server.severity() == Severity::Ok);
    node.state = Remembered::Dropped;
    CHECK(server.words() == "The Slony node production.2@app is expected, and has been gone for "
                            "3 h");
}

TEST_CASE("who_is_known_to_be_gone_is_missed_from_the_first_moment_on", "[verdict]") {
    Restarted server;
    server.slot().inactive_since = kNow - kUsPerSecond;
    CHECK(server.severity() == Severity::Ok);
    server.remember(
        remembered("slot", "standby_1", Remembered::Vanished, kNow - 90 * kUsPerSecond));
    CHECK(server.severity() == Severity::Critical);
}

TEST_CASE("a_slot_read_by_sql_now_and_then_has_no_consumer_that_left", "[verdict]") {
    Server server;
    server.let_consumer_vanish();
    server.slot().had_consumer = false;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "Slot standby_1 has no consumer; it holds 37 GiB");
}

TEST_CASE("who_is_expected_to_come_and_go_is_not_missed", "[verdict]") {
    Restarted server;
    server.let_consumer_vanish();
    server.remember(remembered("slot", "standby_1", Remembered::Vanished, 0, Expected::No));
    CHECK(server.severity() == Severity::Ok);
    server.slot().last_active_at = 0;
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("the_initial_copy_of_a_table_is_a_consumer", "[verdict]") {
    Server server;
    const auto sampler = std::make_unique<SamplerSample>();
    server.facts.sampler = sampler.get();
    server.let_consumer_vanish();
    server.slot().name.assign("pg_16773_sync_16755_7300000000000000000");
    server.slot().logical = true;
    CHECK(server.severity() == Severity::Critical);
    sampler->sender_count = 2;
    sampler->senders[1].application_name = server.slot().name;
    CHECK(server.severity() == Severity::Ok);
    server.slot().logical = false; // a standby of that name has its slot in use
    CHECK(server.severity() == Severity::Critical);
}

TEST_CASE("an_inventory_that_cannot_be_read_is_not_an_empty_one", "[verdict]") {
    Server server;
    server.facts.inventory_locked = true;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "Who left before the server started is not known: somebody has "
                            "opsmon.consumers locked");
}

TEST_CASE("states_have_the_names_of_the_column", "[verdict]") {
    CHECK(std::string(name_of(Remembered::Missing)) == "missing");
    CHECK(std::string(name_of(Remembered::Vanished)) == "vanished");
    CHECK(std::string(name_of(Remembered::Dropped)) == "dropped");
    CHECK(std::string(name_of(Remembered::Other)).empty());
}
