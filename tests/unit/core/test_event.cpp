#include <catch2/catch.hpp>

#include "core/event.hpp"

#include <memory>
#include <set>
#include <string>

using namespace opsmon::core;

namespace {

GuardEvent event(Action action, Outcome outcome, TimeUs at = 0) {
    GuardEvent made{};
    made.action = action;
    made.outcome = outcome;
    made.at = at;
    return made;
}

std::uint64_t counted(const EventLog& log, Action action, Outcome outcome) {
    return log.counts[static_cast<std::size_t>(action)][static_cast<std::size_t>(outcome)];
}

std::set<Outcome> outcomes_of(Action action) {
    std::set<Outcome> found;
    for (std::size_t i = 0; i < kOutcomes; ++i) {
        if (can_happen(action, static_cast<Outcome>(i))) {
            found.insert(static_cast<Outcome>(i));
        }
    }
    return found;
}

} // namespace

TEST_CASE("events_are_numbered_from_one_without_gaps", "[event]") {
    auto log = std::make_unique<EventLog>();
    for (std::uint64_t number = 1; number <= 3 * kEventsMax; ++number) {
        append(*log, event(Action::Rung, Outcome::Decided, static_cast<TimeUs>(number)));
        REQUIRE(log->last_number == number);
        REQUIRE(log->events[log->count - 1].number == number);
    }
}

TEST_CASE("a_full_log_keeps_the_newest_in_order", "[event]") {
    auto log = std::make_unique<EventLog>();
    for (TimeUs at = 1; at <= kEventsMax + 5; ++at) {
        append(*log, event(Action::Rung, Outcome::Decided, at));
    }
    REQUIRE(log->count == kEventsMax);
    for (std::uint32_t i = 0; i < kEventsMax; ++i) {
        REQUIRE(log->events[i].number == i + 6);
        REQUIRE(log->events[i].at == static_cast<TimeUs>(i + 6));
    }
}

TEST_CASE("counts_what_was_done_also_after_it_has_left_the_log", "[event]") {
    auto log = std::make_unique<EventLog>();
    append(*log, event(Action::Evict, Outcome::Done));
    append(*log, event(Action::Evict, Outcome::Failed));
    for (std::uint32_t i = 0; i < 2 * kEventsMax; ++i) {
        append(*log, event(Action::Drill, Outcome::Done));
    }
    CHECK(counted(*log, Action::Evict, Outcome::Done) == 1);
    CHECK(counted(*log, Action::Evict, Outcome::Failed) == 1);
    CHECK(counted(*log, Action::Evict, Outcome::Would) == 0);
    CHECK(counted(*log, Action::Drill, Outcome::Done) == 2 * kEventsMax);
}

TEST_CASE("every_pair_has_a_count_of_its_own", "[event]") {
    auto log = std::make_unique<EventLog>();
    for (std::size_t action = 0; action < kActions; ++action) {
        for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
            for (std::size_t times = 0; times <= action * kOutcomes + outcome; ++times) {
                append(*log, event(static_cast<Action>(action), static_cast<Outcome>(outcome)));
            }
        }
    }
    for (std::size_t action = 0; action < kActions; ++action) {
        for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
            CHECK(log->counts[action][outcome] == action * kOutcomes + outcome + 1);
        }
    }
}

TEST_CASE("every_action_and_outcome_has_a_name_of_its_own", "[event]") {
    std::set<std::string> actions;
    for (std::size_t i = 0; i < kActions; ++i) {
        actions.insert(name_of(static_cast<Action>(i)));
    }
    CHECK(actions == std::set<std::string>{"rung", "checkpoint", "evict", "discard archive",
                                           "fence", "fence all", "fence lifted", "ballast released",
                                           "ballast built", "suspend", "resume", "archiver stuck",
                                           "reclaimer", "drill"});
    std::set<std::string> outcomes;
    for (std::size_t i = 0; i < kOutcomes; ++i) {
        outcomes.insert(name_of(static_cast<Outcome>(i)));
    }
    CHECK(outcomes ==
          std::set<std::string>{"decided", "would", "ordered", "done", "failed", "refused"});
    CHECK(std::string(name_of(Action::DiscardArchive)) == "discard archive");
    CHECK(std::string(name_of(Action::Drill)) == "drill");
}

TEST_CASE("every_trigger_has_a_name", "[event]") {
    CHECK(std::string(name_of(Trigger::None)) == "none");
    CHECK(std::string(name_of(Trigger::FreeBytes)) == "free bytes");
    CHECK(std::string(name_of(Trigger::Forecast)) == "forecast");
    CHECK(std::string(name_of(Trigger::Recovered)) == "recovered");
}

TEST_CASE("what_is_only_noticed_is_decided_and_nothing_else", "[event]") {
    const std::set<Outcome> decided = {Outcome::Decided};
    CHECK(outcomes_of(Action::Rung) == decided);
    CHECK(outcomes_of(Action::ArchiverStuck) == decided);
}

TEST_CASE("what_the_reclaimer_does_is_ordered_first_and_can_fail", "[event]") {
    for (std::size_t i = 0; i < kActions; ++i) {
        const auto action = static_cast<Action>(i);
        CAPTURE(name_of(action));
        const bool by_order = action == Action::Checkpoint || action == Action::Evict ||
                              action == Action::DiscardArchive;
        CHECK(can_happen(action, Outcome::Ordered) == by_order);
        CHECK(can_happen(action, Outcome::Refused) == by_order);
        CHECK((!by_order ||
               (can_happen(action, Outcome::Done) && can_happen(action, Outcome::Failed))));
    }
}

TEST_CASE("observing_tells_of_every_step_that_takes_something_away", "[event]") {
    for (const Action action : {Action::Checkpoint, Action::Evict, Action::DiscardArchive,
                                Action::Fence, Action::FenceLifted, Action::BallastReleased}) {
        CAPTURE(name_of(action));
        CHECK(can_happen(action, Outcome::Would));
        CHECK(can_happen(action, Outcome::Done));
    }
    CHECK_FALSE(can_happen(Action::Suspend, Outcome::Would));
}

TEST_CASE("every_action_has_an_outcome", "[event]") {
    for (std::size_t i = 0; i < kActions; ++i) {
        CHECK_FALSE(outcomes_of(static_cast<Action>(i)).empty());
    }
}

TEST_CASE("what_the_guard_does_by_itself_is_by_nobody", "[event]") {
    GuardEvent made = event(Action::Evict, Outcome::Done);
    made.who.assign("guard");
    CHECK(by_whom(made).empty());
}

TEST_CASE("what_is_done_by_hand_says_by_whom_and_from_where", "[event]") {
    GuardEvent made = event(Action::Evict, Outcome::Done);
    made.who.assign("postmaster");
    CHECK(std::string(by_whom(made).bytes) == " by postmaster");
    made.who.assign("alice");
    made.caller.pid = 42;
    made.caller.client.assign("[2001:db8::1]:51234");
    CHECK(std::string(by_whom(made).bytes) == " by alice from [2001:db8::1]:51234 (pid 42)");
    made.caller.acted_as.assign("dba");
    made.caller.application_name.assign("psql");
    CHECK(std::string(by_whom(made).bytes) ==
          " by alice as dba from [2001:db8::1]:51234 (psql, pid 42)");
    // A role may have any name.
    made.who.assign("guard");
    CHECK(std::string(by_whom(made).bytes) ==
          " by guard as dba from [2001:db8::1]:51234 (psql, pid 42)");
}

TEST_CASE("the_longest_names_are_told_whole", "[event]") {
    GuardEvent made = event(Action::Evict, Outcome::Done);
    const std::string name(63, 'n');
    made.who.assign(name.c_str());
    made.caller.acted_as.assign(name.c_str());
    made.caller.client.assign(std::string(79, 'c').c_str());
    made.caller.application_name.assign(name.c_str());
    made.caller.pid = 2147483647;
    CHECK(std::string(by_whom(made).bytes).ends_with(", pid 2147483647)"));
}
