#include <catch2/catch.hpp>

#include "core/retention.hpp"

#include <algorithm>
#include <random>
#include <vector>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;

Slot slot_at(Lsn restart_lsn) {
    Slot slot{};
    slot.restart_lsn = restart_lsn;
    slot.wal = SlotWal::Extended;
    return slot;
}

struct Found {
    std::vector<Holder> holders;

    const Holder& of(HolderKind kind, std::uint32_t slot = 0) const {
        const auto found = std::find_if(holders.begin(), holders.end(), [&](const Holder& holder) {
            return holder.kind == kind && (kind != HolderKind::Slot || holder.slot == slot);
        });
        REQUIRE(found != holders.end());
        return *found;
    }
};

Found find(const RetentionFacts& facts) {
    std::vector<Holder> holders(facts.slot_count + 4);
    holders.resize(find_holders(facts, holders.data(), static_cast<std::uint32_t>(holders.size())));
    return {holders};
}

RetentionFacts facts_of(const std::vector<Slot>& slots) {
    RetentionFacts facts{};
    facts.current_lsn = 100 * kSegment;
    facts.segment_bytes = kSegment;
    facts.redo_lsn = 90 * kSegment;
    facts.slots = slots.data();
    facts.slot_count = static_cast<std::uint32_t>(slots.size());
    return facts;
}

} // namespace

TEST_CASE("the_oldest_holder_frees_only_down_to_the_second_oldest", "[retention]") {
    const std::vector<Slot> slots = {slot_at(20 * kSegment), slot_at(50 * kSegment)};
    const Found found = find(facts_of(slots));
    CHECK(found.of(HolderKind::Slot, 0).held_bytes == 80 * kSegment);
    CHECK(found.of(HolderKind::Slot, 0).marginal_bytes == 30 * kSegment);
    CHECK(found.of(HolderKind::Slot, 1).marginal_bytes == 0);
    CHECK(found.of(HolderKind::CrashRecovery).marginal_bytes == 0);
}

TEST_CASE("two_holders_in_one_segment_free_nothing_alone", "[retention]") {
    const std::vector<Slot> slots = {slot_at(20 * kSegment + 5), slot_at(20 * kSegment + 99)};
    for (const Holder& holder : find(facts_of(slots)).holders) {
        CHECK(holder.marginal_bytes == 0);
    }
}

TEST_CASE("crash_recovery_bounds_what_a_slot_frees", "[retention]") {
    const std::vector<Slot> slots = {slot_at(20 * kSegment)};
    CHECK(find(facts_of(slots)).of(HolderKind::Slot).marginal_bytes == 70 * kSegment);
}

TEST_CASE("a_lost_slot_and_one_that_never_reserved_hold_nothing", "[retention]") {
    std::vector<Slot> slots = {slot_at(20 * kSegment), slot_at(kUnknownLsn)};
    slots[0].wal = SlotWal::Lost;
    slots[1].wal = SlotWal::NeverReserved;
    CHECK(find(facts_of(slots)).holders.size() == 1); // crash recovery
}

TEST_CASE("every_kind_of_holder_counts", "[retention]") {
    RetentionFacts facts = facts_of({});
    facts.wal_keep_bytes = 40 * kSegment;
    facts.oldest_unarchived_lsn = 30 * kSegment;
    facts.oldest_unsummarized_lsn = 70 * kSegment;
    const Found found = find(facts);
    CHECK(found.of(HolderKind::WalKeepSize).held_bytes == 40 * kSegment);
    CHECK(found.of(HolderKind::Archiver).marginal_bytes == 30 * kSegment);
    CHECK(found.of(HolderKind::Summarizer).held_bytes == 30 * kSegment);
}

TEST_CASE("wal_keep_size_holds_no_more_than_there_is", "[retention]") {
    RetentionFacts facts = facts_of({});
    facts.wal_keep_bytes = 5000 * kSegment;
    CHECK(find(facts).of(HolderKind::WalKeepSize).held_bytes == 99 * kSegment);
}

TEST_CASE("wal_keep_size_holds_nothing_that_was_removed_before_it_was_set", "[retention]") {
    RetentionFacts facts = facts_of({});
    facts.wal_keep_bytes = 50 * kSegment;
    facts.oldest_wal_lsn = 95 * kSegment;
    const Found found = find(facts);
    CHECK(found.of(HolderKind::WalKeepSize).oldest_lsn == 95 * kSegment);
    CHECK(found.of(HolderKind::WalKeepSize).held_bytes == facts.current_lsn - 95 * kSegment);
    facts.oldest_wal_lsn = 10 * kSegment; // and what is there and older is not its own
    CHECK(find(facts).of(HolderKind::WalKeepSize).held_bytes == 50 * kSegment);
}

TEST_CASE("nothing_is_known_without_a_current_position", "[retention]") {
    const std::vector<Slot> slots = {slot_at(20 * kSegment)};
    RetentionFacts facts = facts_of(slots);
    facts.current_lsn = kUnknownLsn;
    CHECK(find(facts).holders.empty());
    facts = facts_of(slots);
    facts.segment_bytes = 0;
    CHECK(find(facts).holders.empty());
}

TEST_CASE("a_full_list_of_holders_is_not_overrun", "[retention]") {
    const std::vector<Slot> slots(10, slot_at(20 * kSegment));
    Holder holders[3];
    CHECK(find_holders(facts_of(slots), holders, 3) == 3);
}

// What marginal bytes mean, checked against the meaning itself: the oldest needed segment with all
// holders, and without the one.
TEST_CASE("marginal_bytes_are_what_its_absence_would_free", "[retention]") {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::vector<Slot> slots(random() % 6);
        for (Slot& slot : slots) {
            slot = slot_at((1 + random() % 99) * kSegment + random() % kSegment);
        }
        RetentionFacts facts = facts_of(slots);
        facts.wal_keep_bytes = random() % 3 == 0 ? random() % 120 * kSegment : 0;
        facts.oldest_unarchived_lsn = random() % 3 == 0 ? (1 + random() % 99) * kSegment : 0;
        const Found found = find(facts);
        for (std::size_t gone = 0; gone < found.holders.size(); ++gone) {
            std::uint64_t with = facts.current_lsn / kSegment;
            std::uint64_t without = with;
            for (std::size_t i = 0; i < found.holders.size(); ++i) {
                const std::uint64_t segment = found.holders[i].oldest_lsn / kSegment;
                with = std::min(with, segment);
                without = i == gone ? without : std::min(without, segment);
            }
            REQUIRE(found.holders[gone].marginal_bytes == (without - with) * kSegment);
        }
    }
}

TEST_CASE("every_kind_of_holder_has_a_name", "[retention]") {
    for (const auto kind : {HolderKind::CrashRecovery, HolderKind::WalKeepSize, HolderKind::Slot,
                            HolderKind::Archiver, HolderKind::Summarizer}) {
        CHECK(name_of(kind)[0] != '\0');
    }
}

TEST_CASE("wal_grows_without_limit_when_somebody_holds_more_than_the_server_would", "[retention]") {
    const std::vector<Slot> behind = {slot_at(35 * kSegment)};
    CHECK_FALSE(growth_limit(facts_of(behind), 64 * kSegment).has_value());
    RetentionFacts facts = facts_of({});
    facts.oldest_unarchived_lsn = 30 * kSegment;
    CHECK_FALSE(growth_limit(facts, 64 * kSegment).has_value());
    facts = facts_of({});
    facts.current_lsn = kUnknownLsn;
    CHECK_FALSE(growth_limit(facts, 64 * kSegment).has_value());
}

TEST_CASE("wal_grows_up_to_its_limit_while_nobody_holds_much", "[retention]") {
    const std::vector<Slot> slots = {slot_at(80 * kSegment), slot_at(100 * kSegment)};
    CHECK(growth_limit(facts_of(slots), 64 * kSegment) == 44 * kSegment);
    CHECK(growth_limit(facts_of({}), 64 * kSegment) == 54 * kSegment);
    CHECK(growth_limit(facts_of({}), 5 * kSegment) == 0); // a checkpoint is late: no more to come
    RetentionFacts facts = facts_of({});
    facts.wal_keep_bytes = 200 * kSegment;
    CHECK(growth_limit(facts, 64 * kSegment) == 190 * kSegment);
}

TEST_CASE("wal_that_nobody_needs_is_what_lies_before_the_oldest_holder", "[retention]") {
    const std::vector<Slot> slots = {slot_at(50 * kSegment)};
    RetentionFacts facts = facts_of(slots);
    CHECK(unneeded_bytes(facts, 40 * kSegment) == 10 * kSegment);
    CHECK(unneeded_bytes(facts, 50 * kSegment) == 0);
    CHECK(unneeded_bytes(facts, 60 * kSegment) == 0);
    facts.wal_keep_bytes = 55 * kSegment;
    CHECK(unneeded_bytes(facts, 40 * kSegment) == 5 * kSegment);
    facts.wal_keep_bytes = 500 * kSegment;
    CHECK(unneeded_bytes(facts, 40 * kSegment) == 0);
    facts.wal_keep_bytes = 0;
    facts.oldest_unarchived_lsn = 42 * kSegment;
    CHECK(unneeded_bytes(facts, 40 * kSegment) == 2 * kSegment);
}

TEST_CASE("wal_that_nobody_needs_is_unknown_while_the_oldest_segment_is", "[retention]") {
    CHECK_FALSE(unneeded_bytes(facts_of({}), kUnknownLsn).has_value());
    RetentionFacts facts = facts_of({});
    facts.current_lsn = kUnknownLsn;
    CHECK_FALSE(unneeded_bytes(facts, kSegment).has_value());
}
