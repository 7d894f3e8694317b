#include <catch2/catch.hpp>

#include "core/consumer.hpp"

#include <string>

using namespace opsmon::core;

namespace {

constexpr TimeUs kSecond = kUsPerSecond;
constexpr TimeUs kNow = 10'000 * kSecond;
constexpr Lsn kCurrent = 10'000 * kBytesPerMiB;
constexpr StallLimits kLimits{60 * kSecond, 256 * kBytesPerMiB};

// Looked at since long ago, in use, up to date.
Slot healthy() {
    Slot slot{};
    slot.name.assign("replica");
    slot.wal = SlotWal::Reserved;
    slot.active_pid = 7;
    slot.restart_lsn = kCurrent - kBytesPerMiB;
    slot.last_progress_steady_us = kNow;
    slot.current_lsn_at_progress = kCurrent;
    return slot;
}

// Has not moved for so long, while so much was written.
Slot standing(TimeUs for_us, Bytes written) {
    Slot slot = healthy();
    slot.last_progress_steady_us = kNow - for_us;
    slot.current_lsn_at_progress = kCurrent - written;
    slot.restart_lsn = slot.current_lsn_at_progress;
    return slot;
}

// Nobody has used it for so long, nor moved it, and nothing was written either.
Slot unused(TimeUs for_us) {
    Slot slot = standing(for_us, 0);
    slot.active_pid = 0;
    slot.inactive_since_steady_us = kNow - for_us;
    return slot;
}

ConsumerState state_of(const Slot& slot) {
    return consumer_state(slot, kCurrent, kLimits, kNow);
}

} // namespace

TEST_CASE("a_consumer_that_keeps_up_is_moving", "[consumer]") {
    CHECK(state_of(healthy()) == ConsumerState::Moving);
}

TEST_CASE("stalled_is_who_stands_for_stall_time_and_stall_bytes", "[consumer]") {
    CHECK(state_of(standing(60 * kSecond, 256 * kBytesPerMiB)) == ConsumerState::Stalled);
    CHECK(state_of(standing(60 * kSecond - 1, 256 * kBytesPerMiB)) == ConsumerState::Moving);
    CHECK(state_of(standing(60 * kSecond, 256 * kBytesPerMiB - 1)) == ConsumerState::Moving);
}

TEST_CASE("a_process_at_the_slot_proves_nothing", "[consumer]") {
    Slot slot = standing(3600 * kSecond, 300 * kBytesPerMiB);
    slot.active_pid = 7;
    CHECK(state_of(slot) == ConsumerState::Stalled);
    slot.active_pid = 0;
    CHECK(state_of(slot) == ConsumerState::Stalled);
}

TEST_CASE("a_connected_consumer_with_nothing_to_move_for_is_moving", "[consumer]") {
    CHECK(state_of(standing(30 * 86'400 * kSecond, 0)) == ConsumerState::Moving);
}

TEST_CASE("a_standby_that_catches_up_after_a_pause_is_moving", "[consumer]") {
    Slot slot = healthy(); // far behind, but its position has just moved
    slot.restart_lsn = kCurrent - 5000 * kBytesPerMiB;
    slot.current_lsn_at_progress = kCurrent;
    CHECK(state_of(slot) == ConsumerState::Moving);
}

TEST_CASE("unused_is_who_was_left_alone_for_stall_time", "[consumer]") {
    CHECK(state_of(unused(60 * kSecond)) == ConsumerState::Unused);
    CHECK(state_of(unused(60 * kSecond - 1)) == ConsumerState::Moving);
    Slot reconnected = unused(3600 * kSecond);
    reconnected.active_pid = 7;
    CHECK(state_of(reconnected) == ConsumerState::Moving);
}

TEST_CASE("a_slot_somebody_else_moves_is_moving_though_nobody_is_seen_at_it", "[consumer]") {
    Slot slot = unused(3600 * kSecond);
    slot.last_progress_steady_us = slot.inactive_since_steady_us + 1;
    CHECK(state_of(slot) == ConsumerState::Moving);
}

TEST_CASE("who_had_nothing_to_take_for_long_is_not_stalled_by_a_burst", "[consumer]") {
    Slot slot = standing(3600 * kSecond, 900 * kBytesPerMiB);
    for (const TimeUs since : {kNotOverdue, kNow - kSecond}) {
        slot.overdue_since_steady_us = since;
        CHECK(state_of(slot) == ConsumerState::Moving);
    }
    slot.overdue_since_steady_us = kNow - 60 * kSecond + 1;
    CHECK(state_of(slot) == ConsumerState::Moving);
    slot.overdue_since_steady_us = kNow - 60 * kSecond;
    CHECK(state_of(slot) == ConsumerState::Stalled);
}

TEST_CASE("a_logical_consumer_that_answers_is_believed_from_when_there_was_something",
          "[consumer]") {
    Slot slot = standing(36'000 * kSecond, 900 * kBytesPerMiB);
    slot.logical = true;
    slot.confirmed_flush_lsn = slot.restart_lsn;
    slot.last_reply_steady_us = kNow - kSecond;
    CHECK(state_of(slot) == ConsumerState::Stalled);
    slot.overdue_since_steady_us = kNow - 599 * kSecond;
    CHECK(state_of(slot) == ConsumerState::Moving);
    slot.overdue_since_steady_us = kNow - 600 * kSecond;
    CHECK(state_of(slot) == ConsumerState::Stalled);
}

TEST_CASE("a_slot_nobody_moves_any_more_is_stalled_once_wal_was_written", "[consumer]") {
    Slot slot = standing(60 * kSecond, 256 * kBytesPerMiB);
    slot.active_pid = 0;
    slot.inactive_since_steady_us = kNow - 3600 * kSecond; // moved by others until a minute ago
    CHECK(state_of(slot) == ConsumerState::Stalled);
}

TEST_CASE("moved_and_left_at_the_same_look_is_unused_after_a_while", "[consumer]") {
    const Slot slot = unused(61 * kSecond);
    REQUIRE(slot.last_progress_steady_us == slot.inactive_since_steady_us);
    CHECK(state_of(slot) == ConsumerState::Unused);
}

TEST_CASE("a_slot_never_looked_at_is_moving", "[consumer]") {
    Slot slot = standing(3600 * kSecond, 300 * kBytesPerMiB);
    slot.active_pid = 0;
    slot.inactive_since_steady_us = 1;
    slot.last_progress_steady_us = 0;
    CHECK(state_of(slot) == ConsumerState::Moving);
}

TEST_CASE("without_a_current_position_nobody_is_stalled", "[consumer]") {
    const Slot slot = standing(3600 * kSecond, 300 * kBytesPerMiB);
    CHECK(consumer_state(slot, kUnknownLsn, kLimits, kNow) == ConsumerState::Moving);
}

namespace {

// A logical consumer in the middle of a large transaction: its position stands, it answers.
Slot answering(TimeUs stands_for_us, TimeUs answered_us_ago) {
    Slot slot = standing(stands_for_us, 300 * kBytesPerMiB);
    slot.logical = true;
    slot.last_reply_steady_us = kNow - answered_us_ago;
    return slot;
}

} // namespace

TEST_CASE("a_logical_consumer_that_answers_is_believed_for_a_while", "[consumer]") {
    CHECK(state_of(answering(60 * kSecond, 0)) == ConsumerState::Moving);
    CHECK(state_of(answering(600 * kSecond - 1, 0)) == ConsumerState::Moving);
    CHECK(state_of(answering(600 * kSecond, 0)) == ConsumerState::Stalled);
}

TEST_CASE("a_logical_consumer_that_does_not_answer_is_not_believed", "[consumer]") {
    CHECK(state_of(answering(300 * kSecond, 60 * kSecond - 1)) == ConsumerState::Moving);
    CHECK(state_of(answering(300 * kSecond, 60 * kSecond)) == ConsumerState::Stalled);
    Slot never = answering(300 * kSecond, 0);
    never.last_reply_steady_us = 0;
    CHECK(state_of(never) == ConsumerState::Stalled);
    Slot gone = answering(300 * kSecond, 0);
    gone.active_pid = 0;
    CHECK(state_of(gone) == ConsumerState::Stalled);
}

TEST_CASE("a_physical_consumer_is_judged_by_its_position_alone", "[consumer]") {
    Slot slot = answering(300 * kSecond, 0);
    slot.logical = false;
    CHECK(state_of(slot) == ConsumerState::Stalled);
}

TEST_CASE("the_wall_clock_makes_nobody_stalled_or_unused", "[consumer]") {
    Slot slot = healthy();
    slot.last_progress_at = 1;
    slot.inactive_since = 1;
    slot.restart_lsn = kCurrent - 5000 * kBytesPerMiB;
    CHECK(state_of(slot) == ConsumerState::Moving);
}

TEST_CASE("a_moment_that_lies_ahead_makes_nobody_stalled_or_unused", "[consumer]") {
    Slot slot = unused(60 * kSecond);
    CHECK(consumer_state(slot, kCurrent, kLimits, kNow - 1) == ConsumerState::Moving);
    slot.current_lsn_at_progress = slot.restart_lsn = 1;
    CHECK(consumer_state(slot, kCurrent, kLimits, 1) == ConsumerState::Moving);
}

TEST_CASE("every_state_of_a_consumer_has_a_name", "[consumer]") {
    CHECK(std::string(name_of(ConsumerState::Moving)) == "moving");
    CHECK(std::string(name_of(ConsumerState::Stalled)) == "stalled");
    CHECK(std::string(name_of(ConsumerState::Unused)) == "unused");
}
