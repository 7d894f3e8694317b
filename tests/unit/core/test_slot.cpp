#include <catch2/catch.hpp>

#include "core/slot.hpp"

#include <vector>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;
constexpr TimeUs kSecond = kUsPerSecond;

Slot slot(const char* name, Lsn restart_lsn, int active_pid = 0, std::uint32_t index = 0) {
    Slot result{};
    result.name.assign(name);
    result.index = index;
    result.restart_lsn = restart_lsn;
    result.active_pid = active_pid;
    result.wal = SlotWal::Reserved;
    return result;
}

// One look after another at a set of slots.
constexpr Bytes kStallBytes = 1000;

class Observer {
public:
    void look(std::vector<Slot> now, Lsn current, TimeUs at) {
        look(std::move(now), current, at, at);
    }
    void look(std::vector<Slot> now, Lsn current, TimeUs at, TimeUs steady) {
        observe_slots(seen_.data(), seen_.size(), now.data(), now.size(), current, kStallBytes, at,
                      steady);
        seen_ = std::move(now);
    }
    const Slot& at(std::size_t i) const { return seen_.at(i); }

private:
    std::vector<Slot> seen_;
};

} // namespace

TEST_CASE("a_slot_retains_what_lies_between_it_and_the_current_position", "[slot]") {
    CHECK(retained_bytes(slot("a", 100), 350) == 250);
    CHECK(retained_bytes(slot("a", 100), 100) == 0);
    CHECK(retained_bytes(slot("a", 100), 50) == 0); // read a moment later than the position
}

TEST_CASE("a_slot_that_is_lost_or_holds_nothing_retains_nothing_known", "[slot]") {
    Slot lost = slot("a", 100);
    lost.wal = SlotWal::Lost;
    CHECK_FALSE(retained_bytes(lost, 350).has_value());
    Slot never = slot("a", kUnknownLsn);
    never.wal = SlotWal::NeverReserved;
    CHECK_FALSE(retained_bytes(never, 350).has_value());
    CHECK_FALSE(wal_since_progress_bytes(never, 350).has_value());
    CHECK_FALSE(retained_bytes(slot("a", 100), kUnknownLsn).has_value());
}

TEST_CASE("only_a_logical_slot_has_unconfirmed_bytes", "[slot]") {
    Slot logical = slot("a", 100);
    logical.logical = true;
    logical.confirmed_flush_lsn = 300;
    CHECK(unconfirmed_bytes(logical, 350) == 50);
    CHECK(retained_bytes(logical, 350) == 250);
    CHECK_FALSE(unconfirmed_bytes(slot("a", 100), 350).has_value());
}

TEST_CASE("safe_wal_size_follows_the_servers_arithmetic", "[slot]") {
    const SlotCaps cap_64mb{64, 0, kSegment};
    // 2 segments in, kept 4 more and the one it stands in: fails at the start of segment 7
    CHECK(safe_wal_bytes(slot("a", 2 * kSegment + 5), 3 * kSegment, cap_64mb) ==
          static_cast<std::int64_t>(4 * kSegment));
    CHECK(safe_wal_bytes(slot("a", 2 * kSegment + 5), 8 * kSegment, cap_64mb) ==
          -static_cast<std::int64_t>(kSegment));
    // a larger wal_keep_size keeps more than the cap
    CHECK(safe_wal_bytes(slot("a", 2 * kSegment), 3 * kSegment, {64, 128, kSegment}) ==
          static_cast<std::int64_t>(8 * kSegment));
}

TEST_CASE("a_slot_over_the_cap_keeps_what_the_summarizer_keeps", "[slot]") {
    const Slot at_20 = slot("a", 20 * kSegment + 5);
    const auto with = [&](Lsn oldest_unsummarized, Bytes max_wal_bytes) {
        return over_cap(at_20, 30 * kSegment, oldest_unsummarized, max_wal_bytes, kSegment);
    };
    CHECK(with(kUnknownLsn, kSegment) == SlotWal::Unreserved);
    CHECK(with(21 * kSegment, kSegment) == SlotWal::Unreserved);
    CHECK(with(20 * kSegment + 9, kSegment) == SlotWal::Extended);
    CHECK(with(kSegment, 8 * kSegment) == SlotWal::Extended);
    CHECK(with(kSegment, 9 * kSegment) == SlotWal::Reserved);
    CHECK(over_cap(at_20, 30 * kSegment, kSegment, kSegment, 0) == SlotWal::Unreserved);
}

TEST_CASE("without_a_cap_there_is_no_safe_wal_size", "[slot]") {
    CHECK_FALSE(safe_wal_bytes(slot("a", kSegment), 3 * kSegment, {-1, 0, kSegment}).has_value());
    CHECK_FALSE(safe_wal_bytes(slot("a", kUnknownLsn), kSegment, {64, 0, kSegment}).has_value());
    CHECK_FALSE(safe_wal_bytes(slot("a", kSegment), kSegment, {64, 0, 0}).has_value());
    Slot lost = slot("a", kSegment);
    lost.wal = SlotWal::Lost;
    CHECK_FALSE(safe_wal_bytes(lost, 3 * kSegment, {64, 0, kSegment}).has_value());
}

TEST_CASE("an_absurd_cap_does_not_overflow", "[slot]") {
    const auto safe = safe_wal_bytes(slot("a", kSegment), 3 * kSegment, {INT64_MAX, 0, kSegment});
    REQUIRE(safe.has_value());
    CHECK(*safe > 0);
}

TEST_CASE("remembers_since_when_a_slot_is_unused", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 7)}, 100, 1 * kSecond);
    CHECK(observer.at(0).inactive_since == 0);
    observer.look({slot("a", 100)}, 100, 2 * kSecond);
    CHECK(observer.at(0).inactive_since == 2 * kSecond);
    observer.look({slot("a", 100)}, 100, 60 * kSecond);
    CHECK(observer.at(0).inactive_since == 2 * kSecond);
    observer.look({slot("a", 100, 8)}, 100, 61 * kSecond);
    CHECK(observer.at(0).inactive_since == 0);
    observer.look({slot("a", 100)}, 100, 62 * kSecond);
    CHECK(observer.at(0).inactive_since == 62 * kSecond);
}

TEST_CASE("tells_a_consumer_that_vanished_from_one_never_seen", "[slot]") {
    Observer observer;
    observer.look({slot("a", 1, 7, 0), slot("b", 1, 0, 1)}, 1, 1 * kSecond);
    observer.look({slot("a", 1, 7, 0), slot("b", 1, 0, 1)}, 1, 2 * kSecond);
    observer.look({slot("a", 1, 0, 0), slot("b", 1, 0, 1)}, 1, 3 * kSecond);
    CHECK(observer.at(0).last_active_at == 2 * kSecond);
    CHECK(observer.at(1).last_active_at == 0);
}

TEST_CASE("a_slot_found_unused_counts_from_the_first_look", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100)}, 100, 5 * kSecond);
    CHECK(observer.at(0).inactive_since == 5 * kSecond);
    CHECK(observer.at(0).last_progress_at == 5 * kSecond);
}

TEST_CASE("believes_the_server_when_it_knows_longer", "[slot]") {
    Slot known = slot("a", 100);
    known.inactive_since = 1 * kSecond;
    Observer observer;
    observer.look({known}, 100, 50 * kSecond);
    CHECK(observer.at(0).inactive_since == 1 * kSecond);
    known.inactive_since = 70 * kSecond; // the server restarted its count, we did not
    observer.look({known}, 100, 80 * kSecond);
    CHECK(observer.at(0).inactive_since == 1 * kSecond);
}

TEST_CASE("tells_progress_from_standstill_by_the_position_alone", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 7)}, 100, 1 * kSecond);
    observer.look({slot("a", 100, 7)}, 500, 2 * kSecond); // active, and stuck
    CHECK(observer.at(0).last_progress_at == 1 * kSecond);
    CHECK(wal_since_progress_bytes(observer.at(0), 500) == 400);
    observer.look({slot("a", 200, 7)}, 600, 3 * kSecond);
    CHECK(observer.at(0).last_progress_at == 3 * kSecond);
    CHECK(wal_since_progress_bytes(observer.at(0), 600) == 0);
}

TEST_CASE("a_logical_consumer_that_confirms_makes_progress", "[slot]") {
    Slot before = slot("a", 100, 7);
    before.logical = true;
    before.confirmed_flush_lsn = 150;
    Slot after = before;
    after.confirmed_flush_lsn = 160;
    Observer observer;
    observer.look({before}, 200, 1 * kSecond);
    observer.look({after}, 300, 2 * kSecond);
    CHECK(observer.at(0).last_progress_at == 2 * kSecond);
}

TEST_CASE("losing_its_wal_is_no_progress", "[slot]") {
    Slot lost = slot("a", kUnknownLsn);
    lost.wal = SlotWal::Lost;
    Observer observer;
    observer.look({slot("a", 100)}, 100, 1 * kSecond);
    observer.look({lost}, 900, 2 * kSecond);
    CHECK(observer.at(0).last_progress_at == 1 * kSecond);
}

TEST_CASE("a_clock_set_back_leaves_no_moment_in_the_future", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100)}, 100, 5000 * kSecond);
    observer.look({slot("a", 100)}, 100, 10 * kSecond);
    CHECK(observer.at(0).inactive_since == 10 * kSecond);
    CHECK(observer.at(0).last_progress_at == 10 * kSecond);
    Slot known = slot("b", 100);
    known.inactive_since = 9000 * kSecond; // the server's clock was ahead too
    observer.look({known}, 100, 20 * kSecond);
    CHECK(observer.at(0).inactive_since == 20 * kSecond);
}

TEST_CASE("a_position_that_went_back_starts_a_new_count", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 7)}, 900, 1 * kSecond);
    observer.look({slot("a", 100, 7)}, 500, 2 * kSecond); // a new timeline forked off earlier
    CHECK(observer.at(0).current_lsn_at_progress == 500);
}

TEST_CASE("a_dead_consumer_found_at_a_start_owes_all_it_holds", "[slot]") {
    Observer observer;
    observer.look({slot("dead", 100, 0, 0), slot("alive", 100, 7, 1)}, 900, 1 * kSecond);
    CHECK(wal_since_progress_bytes(observer.at(0), 900) == 800);
    CHECK(wal_since_progress_bytes(observer.at(1), 900) == 0);
}

TEST_CASE("looks_before_the_position_is_known_count_for_nothing", "[slot]") {
    Observer observer; // the guard runs before recovery has begun
    observer.look({slot("dead", 100, 0, 0), slot("alive", 100, 7, 1)}, kUnknownLsn, 1 * kSecond);
    CHECK_FALSE(wal_since_progress_bytes(observer.at(0), kUnknownLsn).has_value());
    observer.look({slot("dead", 100, 0, 0), slot("alive", 100, 7, 1)}, 5000, 2 * kSecond);
    CHECK(wal_since_progress_bytes(observer.at(0), 5000) == 4900);
    CHECK(wal_since_progress_bytes(observer.at(1), 5000) == 0);
}

TEST_CASE("nothing_owes_more_than_it_holds", "[slot]") {
    Slot odd = slot("a", 400);
    odd.current_lsn_at_progress = 1;
    CHECK(wal_since_progress_bytes(odd, 500) == 100);
}

TEST_CASE("a_slot_made_again_under_its_name_is_another_one", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 0, 3)}, 100, 1 * kSecond);
    observer.look({slot("a", 100, 0, 4)}, 100, 9 * kSecond);
    CHECK(observer.at(0).inactive_since == 9 * kSecond);
    Slot logical = slot("a", 100, 0, 4);
    logical.logical = true;
    observer.look({logical}, 100, 20 * kSecond);
    CHECK(observer.at(0).inactive_since == 20 * kSecond);
}

TEST_CASE("keeps_accounts_apart_when_slots_come_and_go", "[slot]") {
    Observer observer;
    observer.look({slot("a", 1, 0, 0), slot("c", 1, 0, 2), slot("d", 1, 0, 5)}, 1, 1 * kSecond);
    observer.look({slot("b", 1, 0, 1), slot("c", 1, 0, 2), slot("e", 1, 0, 5)}, 1, 2 * kSecond);
    CHECK(observer.at(0).inactive_since == 2 * kSecond); // new
    CHECK(observer.at(1).inactive_since == 1 * kSecond); // still there
    CHECK(observer.at(2).inactive_since == 2 * kSecond); // another name in its place
    observer.look({}, 1, 3 * kSecond);
    observer.look({slot("c", 1, 0, 2)}, 1, 4 * kSecond);
    CHECK(observer.at(0).inactive_since == 4 * kSecond);
}

TEST_CASE("the_first_look_is_where_the_steady_account_begins", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 7, 0), slot("b", 100, 0, 1)}, 500, 9000 * kSecond, 3 * kSecond);
    CHECK(observer.at(0).last_progress_steady_us == 3 * kSecond);
    CHECK(observer.at(0).inactive_since_steady_us == 0);
    CHECK(observer.at(1).last_progress_steady_us == 3 * kSecond);
    CHECK(observer.at(1).inactive_since_steady_us == 3 * kSecond);
}

TEST_CASE("wal_that_waits_is_overdue_from_when_it_was_enough", "[slot]") {
    Observer observer;
    const auto look = [&](Lsn restart, Lsn current, TimeUs steady) {
        observer.look({slot("a", restart, 7)}, current, 1, steady);
        return observer.at(0).overdue_since_steady_us;
    };
    CHECK(look(100, 100, 1) == kNotOverdue);
    CHECK(look(100, 1099, 50) == kNotOverdue);
    CHECK(look(100, 1100, 60) == 60);
    CHECK(look(100, 5000, 70) == 60);
    CHECK(look(200, 5000, 80) == kNotOverdue); // it moves
    CHECK(look(200, 5999, 90) == kNotOverdue);
    CHECK(look(200, 6000, 91) == 91);
    CHECK(look(200, 9000, 99) == 91);
}

TEST_CASE("what_waited_before_the_first_look_is_overdue_from_that", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 0)}, 90'000, 1, 5);
    CHECK(observer.at(0).overdue_since_steady_us == 5);
    observer.look({slot("a", 100, 0)}, 90'000, 1, 6);
    CHECK(observer.at(0).overdue_since_steady_us == 5);
}

TEST_CASE("the_steady_account_of_use_goes_on_until_the_slot_is_used", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 7)}, 100, 1, 1 * kSecond);
    observer.look({slot("a", 100)}, 100, 1, 2 * kSecond);
    CHECK(observer.at(0).inactive_since_steady_us == 2 * kSecond);
    observer.look({slot("a", 200)}, 300, 1, 60 * kSecond); // moved by somebody else
    CHECK(observer.at(0).inactive_since_steady_us == 2 * kSecond);
    observer.look({slot("a", 200, 8)}, 300, 1, 61 * kSecond);
    CHECK(observer.at(0).inactive_since_steady_us == 0);
    observer.look({slot("a", 200)}, 300, 1, 62 * kSecond);
    CHECK(observer.at(0).inactive_since_steady_us == 62 * kSecond);
}

TEST_CASE("the_steady_account_of_progress_goes_on_until_the_slot_moves", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 7)}, 100, 1, 1 * kSecond);
    observer.look({slot("a", 100)}, 500, 1, 2 * kSecond);
    observer.look({slot("a", 100, 7)}, 900, 1, 3 * kSecond);
    CHECK(observer.at(0).last_progress_steady_us == 1 * kSecond);
    observer.look({slot("a", 200, 7)}, 900, 1, 4 * kSecond);
    CHECK(observer.at(0).last_progress_steady_us == 4 * kSecond);
    observer.look({slot("a", 200, 7)}, 100, 1, 5 * kSecond); // a new timeline
    CHECK(observer.at(0).last_progress_steady_us == 5 * kSecond);
    Slot lost = slot("a", kUnknownLsn, 7);
    lost.wal = SlotWal::Lost;
    observer.look({lost}, 900, 1, 6 * kSecond);
    CHECK(observer.at(0).last_progress_steady_us == 5 * kSecond);
}

TEST_CASE("neither_the_wall_clock_nor_the_server_moves_the_steady_account", "[slot]") {
    Slot known = slot("a", 100);
    Observer observer;
    observer.look({known}, 100, 5000 * kSecond, 10 * kSecond);
    for (const TimeUs at : {1 * kSecond, 9000 * kSecond, 50 * kSecond}) {
        known.inactive_since = at - 1;
        observer.look({known}, 100, at, 20 * kSecond);
        CHECK(observer.at(0).inactive_since_steady_us == 10 * kSecond);
        CHECK(observer.at(0).last_progress_steady_us == 10 * kSecond);
    }
}

TEST_CASE("what_the_server_says_at_the_first_look_ages_nobody", "[slot]") {
    Slot known = slot("a", 100);
    known.inactive_since = 1;
    Observer observer;
    observer.look({known}, 900, 5000 * kSecond, 10 * kSecond);
    CHECK(observer.at(0).inactive_since == 1);
    CHECK(observer.at(0).inactive_since_steady_us == 10 * kSecond);
}

TEST_CASE("a_slot_made_again_has_a_steady_account_of_its_own", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100, 0, 3)}, 100, 1, 1 * kSecond);
    observer.look({slot("a", 100, 0, 4)}, 100, 1, 9 * kSecond);
    CHECK(observer.at(0).inactive_since_steady_us == 9 * kSecond);
    CHECK(observer.at(0).last_progress_steady_us == 9 * kSecond);
}

TEST_CASE("the_steady_account_outlives_looks_without_a_position", "[slot]") {
    Observer observer;
    observer.look({slot("a", 100)}, kUnknownLsn, 1, 1 * kSecond);
    observer.look({slot("a", 100)}, 900, 1, 2 * kSecond);
    CHECK(observer.at(0).last_progress_steady_us == 1 * kSecond);
    CHECK(observer.at(0).inactive_since_steady_us == 1 * kSecond);
}
