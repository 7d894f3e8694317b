#include <catch2/catch.hpp>

#include "core/victim.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;
constexpr TimeUs kNow = 10'000 * kUsPerSecond;
constexpr TimeUs kStallTime = 60 * kUsPerSecond;
constexpr Lsn kCurrent = 100 * kSegment + 5;

// A small server: slots, policies and a look at them, all of which a test can turn.
class Server {
public:
    Server() : policies_(std::make_unique<PolicyTable>()) {
        policies_->loaded_steady_us = kNow;
        facts_.retention.current_lsn = kCurrent;
        facts_.retention.segment_bytes = kSegment;
        facts_.stall = {kStallTime, kSegment};
        facts_.steady_us = kNow;
    }

    // A consumer that has moved just now.
    Slot& add(const char* name, std::uint64_t segment) {
        Slot slot{};
        slot.index = static_cast<std::uint32_t>(10 + slots_.size());
        slot.name.assign(name);
        slot.wal = SlotWal::Extended;
        slot.active_pid = 7;
        slot.restart_lsn = segment * kSegment;
        slot.last_progress_steady_us = kNow;
        slot.current_lsn_at_progress = kCurrent;
        slots_.push_back(slot);
        return slots_.back();
    }
    // One whose position has not moved for long enough.
    Slot& add_stalled(const char* name, std::uint64_t segment) {
        Slot& slot = add(name, segment);
        slot.last_progress_steady_us = kNow - kStallTime;
        slot.current_lsn_at_progress = slot.restart_lsn;
        return slot;
    }
    Slot& add(const char* name, std::uint64_t segment, Policy policy) {
        say(name, policy);
        return add(name, segment);
    }
    void say(const char* name, Policy policy) {
        PolicyRow row{};
        row.slot.assign(name);
        row.policy = policy;
        policies_->rows[policies_->count++] = row;
    }
    void guess(const char* name, Policy policy) {
        say(name, policy);
        policies_->rows[policies_->count - 1].is_guess = true;
    }
    void limit(const char* name, Bytes max_retained) {
        PolicyRow row{};
        row.slot.assign(name);
        row.policy = Policy::Ask;
        row.has_max_retained = true;
        row.max_retained_bytes = max_retained;
        policies_->rows[policies_->count++] = row;
    }

    const VictimFacts& facts() {
        facts_.retention.slots = slots_.data();
        facts_.retention.slot_count = static_cast<std::uint32_t>(slots_.size());
        facts_.policies = policies_loaded ? policies_.get() : nullptr;
        facts_.skip = skip.data();
        facts_.skip_count = static_cast<std::uint32_t>(skip.size());
        facts_.fence_is_near = fence_is_near;
        facts_.some_unseen = some_unseen;
        return facts_;
    }
    std::optional<Victim> choose() { return choose_victim(facts()); }
    // The name of who would be taken; empty for nobody.
    std::string taken() {
        const std::optional<Victim> victim = choose();
        return victim ? slots_.at(victim->slot).name.bytes : "";
    }
    Refusal refusal(std::size_t slot = 0) { return refusal_of(slots_.at(slot), facts()); }
    RetentionFacts& retention() { return facts_.retention; }
    PolicyTable& policies() { return *policies_; }

    bool fence_is_near = false;
    bool some_unseen = false;
    bool policies_loaded = true;
    std::vector<std::uint32_t> skip;

private:
    std::unique_ptr<PolicyTable> policies_;
    std::vector<Slot> slots_;
    VictimFacts facts_{};
};

} // namespace

TEST_CASE("without_slots_there_is_nobody_to_take", "[victim]") {
    CHECK_FALSE(Server().choose().has_value());
}

TEST_CASE("takes_the_orphan_that_holds_the_oldest_wal", "[victim]") {
    Server server;
    server.add("replica", 99);
    server.add_stalled("orphan", 20);
    const std::optional<Victim> victim = server.choose();
    REQUIRE(victim.has_value());
    CHECK(server.taken() == "orphan");
    CHECK(victim->policy == Policy::Ask);
    CHECK(victim->freed_alone == 79 * kSegment);
    CHECK(victim->freed_with_circle == 79 * kSegment);
    CHECK(victim->then_oldest_lsn == 99 * kSegment);
}

TEST_CASE("never_evicts_a_protected_slot", "[victim]") {
    Server server;
    server.add_stalled("replica", 20);
    server.say("replica", Policy::Protect);
    for (const bool near : {false, true}) {
        server.fence_is_near = near;
        CHECK(server.taken().empty());
    }
    CHECK(server.refusal() == Refusal::Protected);
}

TEST_CASE("the_younger_is_not_sacrificed_while_the_older_is_protected", "[victim]") {
    Server server;
    server.add("replica", 20, Policy::Protect);
    server.add("trial", 50, Policy::Expendable);
    server.add_stalled("orphan", 60);
    CHECK(server.taken().empty());
}

TEST_CASE("takes_nobody_in_the_segment_of_one_that_stays", "[victim]") {
    Server server;
    server.add("replica", 20, Policy::Protect).restart_lsn += kSegment - 1;
    server.add("trial", 20, Policy::Expendable);
    CHECK(server.taken().empty());
}

TEST_CASE("takes_nobody_who_holds_only_the_current_segment", "[victim]") {
    Server server;
    server.add("trial", 100, Policy::Expendable);
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::None);
}

TEST_CASE("two_of_a_circle_that_free_something_only_together_are_taken_one_by_one", "[victim]") {
    Server server;
    server.add_stalled("a", 20);
    server.add_stalled("b", 20);
    const std::optional<Victim> victim = server.choose();
    REQUIRE(victim.has_value());
    CHECK(victim->freed_alone == 0);
    CHECK(victim->freed_with_circle == 80 * kSegment);
    CHECK(victim->then_oldest_lsn == 20 * kSegment);
}

TEST_CASE("the_expendable_go_first_though_another_holds_more", "[victim]") {
    Server server;
    server.add("trial", 20, Policy::Expendable);
    server.add_stalled("orphan", 50);
    CHECK(server.taken() == "trial");
}

TEST_CASE("an_expendable_slot_that_would_free_nothing_waits_for_the_older", "[victim]") {
    Server server;
    server.add("trial", 50, Policy::Expendable);
    server.add_stalled("orphan", 20);
    CHECK(server.taken() == "orphan");
    CHECK(server.choose()->freed_with_circle == 80 * kSegment); // the trial goes with it
}

TEST_CASE("last_is_taken_only_when_a_fence_is_near", "[victim]") {
    Server server;
    server.add("warehouse", 20, Policy::Last);
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::NotYet);
    server.fence_is_near = true;
    CHECK(server.taken() == "warehouse");
    CHECK(server.choose()->policy == Policy::Last);
}

TEST_CASE("a_guess_takes_nobody_whom_ask_would_spare", "[victim]") {
    Server server;
    server.fence_is_near = true;
    server.guess("archive", Policy::Last);
    server.add("archive", 20); // takes WAL, some segments behind
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::Moving);
}

TEST_CASE("a_guess_takes_one_that_is_stalled_as_last", "[victim]") {
    Server server;
    server.guess("archive", Policy::Last);
    server.add_stalled("archive", 20);
    CHECK(server.refusal() == Refusal::NotYet);
    server.fence_is_near = true;
    CHECK(server.taken() == "archive");
}

TEST_CASE("last_is_spared_while_another_frees_something", "[victim]") {
    Server server;
    server.fence_is_near = true;
    server.add("warehouse", 50, Policy::Last);
    server.add_stalled("orphan", 20);
    CHECK(server.taken() == "orphan");
    CHECK(server.choose()->freed_with_circle == 30 * kSegment);
}

TEST_CASE("a_consumer_that_moves_is_no_victim_of_ask", "[victim]") {
    Server server;
    Slot& slot = server.add("replica", 20); // catching up after a pause
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::Moving);
    slot.active_pid = 0;
    slot.inactive_since_steady_us = kNow - kStallTime;
    CHECK(server.taken().empty()); // moved by others since
    slot.last_progress_steady_us = slot.inactive_since_steady_us;
    CHECK(server.taken() == "replica");
}

TEST_CASE("ask_lets_a_consumer_hold_as_much_as_it_may", "[victim]") {
    for (const int more : {-1, 0, 1}) {
        Server server;
        const Slot& slot = server.add_stalled("orphan", 20);
        server.limit("orphan", kCurrent - slot.restart_lsn - static_cast<Bytes>(more));
        CHECK(server.taken() == (more > 0 ? "orphan" : ""));
        CHECK(server.refusal() == (more > 0 ? Refusal::None : Refusal::BelowItsLimit));
    }
}

TEST_CASE("a_temporary_or_unfinished_slot_is_never_taken", "[victim]") {
    for (const SlotLifetime lifetime : {SlotLifetime::Temporary, SlotLifetime::Ephemeral}) {
        Server server;
        server.fence_is_near = true;
        server.add("trial", 20, Policy::Expendable).lifetime = lifetime;
        CHECK(server.taken().empty());
        CHECK(server.refusal() == Refusal::Temporary);
    }
}

TEST_CASE("a_synced_slot_is_never_taken", "[victim]") {
    Server server;
    server.fence_is_near = true;
    server.add("failover", 20, Policy::Expendable).synced = true;
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::Synced);
}

TEST_CASE("a_base_backups_own_slot_is_no_victim_of_ask", "[victim]") {
    Server server;
    server.add_stalled("pg_basebackup_4711", 20);
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::BaseBackup);
    server.say("pg_basebackup_4711", Policy::Expendable); // unless people say so
    CHECK(server.taken() == "pg_basebackup_4711");
    Server other;
    other.add_stalled("pg_basebackups", 20);
    CHECK(other.taken() == "pg_basebackups");
}

TEST_CASE("a_slot_that_holds_nothing_is_never_taken_and_never_in_the_way", "[victim]") {
    Server server;
    server.add("lost", 10, Policy::Expendable).wal = SlotWal::Lost;
    server.add("never", 0, Policy::Protect).wal = SlotWal::NeverReserved;
    server.add("ahead", 101, Policy::Expendable); // read a moment later than the position
    CHECK(server.taken().empty());
    for (const std::size_t slot : {0U, 2U}) {
        CHECK(server.refusal(slot) == Refusal::HoldsNothing);
    }
    server.add("trial", 20, Policy::Expendable);
    CHECK(server.choose()->freed_alone == 80 * kSegment);
}

TEST_CASE("nobody_is_taken_while_there_are_slots_nobody_sees", "[victim]") {
    Server server;
    server.add("trial", 20, Policy::Expendable);
    server.some_unseen = true;
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::OthersUnseen);
}

TEST_CASE("without_policies_nobody_is_taken", "[victim]") {
    Server server;
    server.fence_is_near = true;
    server.add("trial", 20, Policy::Expendable);
    REQUIRE(server.taken() == "trial");
    server.policies_loaded = false;
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::PolicyUnknown);
    server.policies_loaded = true;
    server.policies().loaded_steady_us = kNow - kPolicyStaleUs - 1;
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::PolicyUnknown);
    server.policies().loaded_steady_us = 0;
    CHECK(server.taken().empty());
}

TEST_CASE("a_slot_whose_row_may_have_found_no_room_is_protected", "[victim]") {
    Server server;
    server.add_stalled("orphan", 20);
    server.policies().omitted = 1;
    CHECK(server.taken().empty());
    CHECK(server.refusal() == Refusal::Protected);
}

TEST_CASE("one_that_could_not_be_taken_is_let_alone_and_is_in_the_way", "[victim]") {
    Server server;
    server.add_stalled("frozen", 20);
    server.add_stalled("orphan", 50);
    server.skip = {10}; // the frozen one's place in the server
    CHECK(server.refusal() == Refusal::TriedAlready);
    CHECK(server.taken().empty()); // the other frees nothing behind it
    server.skip = {11};
    CHECK(server.taken() == "frozen");
    CHECK(server.choose()->freed_with_circle == 30 * kSegment);
    server.skip = {0, 1}; // not the places in the look
    CHECK(server.taken() == "frozen");
}

TEST_CASE("every_other_holder_bounds_what_can_be_freed", "[victim]") {
    const auto choose_with = [](void (*hold)(RetentionFacts&)) {
        Server server;
        server.add("trial", 20, Policy::Expendable);
        hold(server.retention());
        return server.choose();
    };
    const auto freed_with = [&](void (*hold)(RetentionFacts&)) {
        return choose_with(hold)->freed_alone / kSegment;
    };
    CHECK(freed_with([](RetentionFacts&) {}) == 80);
    CHECK(freed_with([](RetentionFacts& f) { f.oldest_unarchived_lsn = 30 * kSegment; }) == 10);
    CHECK(freed_with([](RetentionFacts& f) { f.oldest_unsummarized_lsn = 40 * kSegment; }) == 20);
    CHECK(freed_with([](RetentionFacts& f) { f.wal_keep_bytes = 50 * kSegment; }) == 30);
    CHECK_FALSE(choose_with([](RetentionFacts& f) {
                    f.oldest_unarchived_lsn = 20 * kSegment + 9;
                }).has_value());
    CHECK_FALSE(choose_with([](RetentionFacts& f) { f.wal_keep_bytes = UINT64_MAX; }).has_value());
}

TEST_CASE("crash_recovery_is_not_in_the_way_because_a_checkpoint_follows", "[victim]") {
    Server server;
    server.add("trial", 20, Policy::Expendable);
    server.retention().redo_lsn = 20 * kSegment;
    CHECK(server.choose()->freed_alone == 80 * kSegment);
    CHECK(server.choose()->then_oldest_lsn == kCurrent);
}

TEST_CASE("nobody_is_taken_while_the_position_is_not_known", "[victim]") {
    Server server;
    server.add("trial", 20, Policy::Expendable);
    server.retention().current_lsn = kUnknownLsn;
    CHECK(server.taken().empty());
    server.retention().current_lsn = kCurrent;
    server.retention().segment_bytes = 0;
    CHECK(server.taken().empty());
}

TEST_CASE("in_one_segment_the_more_expendable_goes_first", "[victim]") {
    Server server;
    server.fence_is_near = true;
    server.add("a", 20, Policy::Last);
    CHECK(server.taken() == "a");
    server.add_stalled("b", 20).restart_lsn += 9;
    CHECK(server.taken() == "b");
    server.add("c", 20, Policy::Expendable).restart_lsn += 99;
    CHECK(server.taken() == "c");
}

TEST_CASE("among_equals_of_one_segment_who_holds_more_then_the_name_decides", "[victim]") {
    Server server;
    server.add_stalled("b", 20).restart_lsn += 9;
    server.add_stalled("c", 20).restart_lsn += 5;
    CHECK(server.taken() == "c");
    server.add_stalled("a", 20).restart_lsn += 5;
    CHECK(server.taken() == "a");
}

TEST_CASE("every_refusal_says_why_in_words_of_its_own", "[victim]") {
    std::set<std::string> words;
    std::size_t refusals = 0;
    for (Refusal refusal = Refusal::None; refusal <= Refusal::TriedAlready;
         refusal = static_cast<Refusal>(static_cast<int>(refusal) + 1)) {
        words.insert(name_of(refusal));
        ++refusals;
    }
    CHECK(words.size() == refusals);
    CHECK(words.count("") == 0);
}
