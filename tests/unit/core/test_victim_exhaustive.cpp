#include <catch2/catch.hpp>

#include "core/victim.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace opsmon::core;

// Every small server there can be, each judged a second time by what the words mean: put the slots
// away and see what is then the oldest WAL still needed.

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;
constexpr TimeUs kNow = 10'000 * kUsPerSecond;
constexpr TimeUs kStallTime = 60 * kUsPerSecond;
constexpr std::uint64_t kCurrentSegment = 5;
constexpr Lsn kCurrent = kCurrentSegment * kSegment + 1000;
constexpr int kNever = 9;

// What a slot can be. `rank`: with a fence near or not it may be taken for this reason, the smaller
// the more readily; kNever: not at all.
struct Kind {
    const char* name;
    Policy policy;
    void (*make)(Slot&);
    int rank;
    int rank_when_near;
    bool is_guess = false;
};

void keeps_moving(Slot& slot) {
    slot.last_progress_steady_us = kNow;
    slot.current_lsn_at_progress = kCurrent;
}
void stalls(Slot& slot) {
    slot.last_progress_steady_us = kNow - kStallTime;
    slot.current_lsn_at_progress = 1;
}
void is_unused(Slot& slot) {
    slot.active_pid = 0;
    slot.inactive_since_steady_us = slot.last_progress_steady_us = kNow - kStallTime;
    slot.current_lsn_at_progress = kCurrent;
}
void is_moved_by_others(Slot& slot) {
    is_unused(slot);
    slot.last_progress_steady_us = kNow - 1;
}
void is_temporary(Slot& slot) {
    stalls(slot);
    slot.lifetime = SlotLifetime::Temporary;
}
void is_synced(Slot& slot) {
    stalls(slot);
    slot.synced = true;
}

constexpr Kind kKinds[] = {
    {"protected", Policy::Protect, stalls, kNever, kNever},
    {"expendable", Policy::Expendable, keeps_moving, 0, 0},
    {"stalled", Policy::Ask, stalls, 1, 1},
    {"unused", Policy::Ask, is_unused, 1, 1},
    {"last", Policy::Last, keeps_moving, kNever, 2},
    {"guessed", Policy::Last, keeps_moving, kNever, kNever, true},
    {"moving", Policy::Ask, keeps_moving, kNever, kNever},
    {"patroni", Policy::Ask, is_moved_by_others, kNever, kNever},
    {"temporary", Policy::Expendable, is_temporary, kNever, kNever},
    {"synced", Policy::Expendable, is_synced, kNever, kNever},
};
constexpr int kKindCount = static_cast<int>(std::size(kKinds));

// A slot as a number: its kind, and the segment of 1 to 5 it stands in.
constexpr int kChoices = kKindCount * static_cast<int>(kCurrentSegment);
const Kind& kind_of(int choice) {
    return kKinds[choice % kKindCount];
}

std::string name_of_slot(int choice, std::size_t place) {
    return std::string(kind_of(choice).name) + "_" + std::to_string(place);
}

Slot slot_of(int choice, std::size_t place) {
    Slot slot{};
    slot.index = static_cast<std::uint32_t>(place);
    slot.name.assign(name_of_slot(choice, place).c_str());
    slot.wal = SlotWal::Reserved;
    slot.active_pid = 7;
    const auto segment = static_cast<std::uint64_t>(1 + choice / kKindCount);
    slot.restart_lsn = segment * kSegment + static_cast<Lsn>(choice * 7 % 3); // some alike
    kind_of(choice).make(slot);
    return slot;
}

std::unique_ptr<PolicyTable> all_policies(std::size_t places) {
    auto table = std::make_unique<PolicyTable>();
    table->loaded_steady_us = kNow;
    for (int kind = 0; kind < kKindCount; ++kind) {
        for (std::size_t place = 0; place < places && kKinds[kind].policy != Policy::Ask; ++place) {
            PolicyRow& row = table->rows[table->count++];
            row.slot.assign(name_of_slot(kind, place).c_str());
            row.policy = kKinds[kind].policy;
            row.is_guess = kKinds[kind].is_guess;
        }
    }
    sort_rows(*table);
    return table;
}

struct Case {
    std::vector<int> choices;
    bool fence_is_near;
    Lsn archiver; // 0: holds nothing
};

// The meaning.
class Oracle {
public:
    explicit Oracle(const Case& of) : case_(of) {
        for (std::size_t i = 0; i < of.choices.size(); ++i) {
            lsns_.push_back(slot_of(of.choices[i], i).restart_lsn);
        }
    }
    int rank(std::size_t i) const {
        const Kind& kind = kind_of(case_.choices[i]);
        return case_.fence_is_near ? kind.rank_when_near : kind.rank;
    }
    // The oldest WAL that is needed when all slots are gone that `gone` says of.
    template <typename Gone>
    Lsn oldest_without(Gone gone) const {
        Lsn oldest = case_.archiver == 0 ? kCurrent : case_.archiver;
        for (std::size_t i = 0; i < lsns_.size(); ++i) {
            oldest = gone(i) ? oldest : std::min(oldest, lsns_[i]);
        }
        return oldest;
    }
    template <typename Gone>
    Bytes freed_without(Gone gone) const {
        const Lsn before = oldest_without([](std::size_t) { return false; });
        return (oldest_without(gone) / kSegment - before / kSegment) * kSegment;
    }
    // The smallest circle that frees anything.
    std::optional<int> circle() const {
        for (int circle = 0; circle <= 2; ++circle) {
            if (freed_without([&](std::size_t i) { return rank(i) <= circle; }) > 0) {
                return circle;
            }
        }
        return std::nullopt;
    }
    // All of the circle, the one to go first in front.
    std::vector<std::size_t> in_order(int circle) const {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < lsns_.size(); ++i) {
            if (rank(i) <= circle) {
                members.push_back(i);
            }
        }
        const auto key = [&](std::size_t i) {
            return std::make_tuple(lsns_[i] / kSegment, rank(i), lsns_[i],
                                   name_of_slot(case_.choices[i], i));
        };
        std::sort(members.begin(), members.end(),
                  [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
        return members;
    }

private:
    const Case& case_;
    std::vector<Lsn> lsns_;
};

VictimFacts facts_of(const Case& of, const std::vector<Slot>& slots, const PolicyTable* policies) {
    VictimFacts facts{};
    facts.retention.current_lsn = kCurrent;
    facts.retention.segment_bytes = kSegment;
    facts.retention.redo_lsn = kSegment; // never in the way
    facts.retention.oldest_unarchived_lsn = of.archiver;
    facts.retention.slots = slots.data();
    facts.retention.slot_count = static_cast<std::uint32_t>(slots.size());
    facts.stall = {kStallTime, 500};
    facts.policies = policies;
    facts.steady_us = kNow;
    facts.fence_is_near = of.fence_is_near;
    return facts;
}

void require(bool holds, const char* what, const Case& of) {
    if (holds) {
        return; // Catch's own macros are too slow to be asked millions of times
    }
    std::string slots;
    for (std::size_t i = 0; i < of.choices.size(); ++i) {
        const Slot slot = slot_of(of.choices[i], i);
        slots += std::string(slot.name.bytes) + " in segment " +
                 std::to_string(slot.restart_lsn / kSegment) + " + " +
                 std::to_string(slot.restart_lsn % kSegment) + "; ";
    }
    FAIL(what << ": " << slots << "archiver in " << of.archiver / kSegment
              << (of.fence_is_near ? ", fence near" : ""));
}

std::vector<Slot> slots_of(const Case& of) {
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < of.choices.size(); ++i) {
        slots.push_back(slot_of(of.choices[i], i));
    }
    return slots;
}

void check(const Case& of, const PolicyTable& policies) {
    const std::vector<Slot> slots = slots_of(of);
    const VictimFacts facts = facts_of(of, slots, &policies);
    const Oracle oracle(of);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        require((refusal_of(slots[i], facts) == Refusal::None) == (oracle.rank(i) != kNever),
                "who may be taken", of);
    }
    const std::optional<Victim> victim = choose_victim(facts);
    const std::optional<int> circle = oracle.circle();
    require(victim.has_value() == circle.has_value(), "taken if and only if it frees", of);
    if (!victim) {
        return;
    }
    const std::size_t taken = victim->slot;
    const auto alone = [&](std::size_t i) { return i == taken; };
    require(taken == oracle.in_order(*circle).front(), "the right one", of);
    require(victim->policy == kind_of(of.choices[taken]).policy, "its policy", of);
    require(victim->freed_alone == oracle.freed_without(alone), "what it frees alone", of);
    require(victim->freed_with_circle ==
                oracle.freed_without([&](std::size_t i) { return oracle.rank(i) <= *circle; }),
            "what its circle frees", of);
    require(victim->freed_with_circle >= kSegment, "a segment at least", of);
    require(victim->then_oldest_lsn == oracle.oldest_without(alone), "what is then oldest", of);
    require(victim->policy != Policy::Last || of.fence_is_near, "last only before a fence", of);
    require(slots[taken].restart_lsn / kSegment ==
                oracle.oldest_without([](std::size_t) { return false; }) / kSegment,
            "it holds the oldest", of);
}

// The order of the server's array decides nothing.
void check_any_order(const Case& of, const PolicyTable& policies) {
    std::vector<Slot> slots = slots_of(of);
    const auto taken = [&] {
        const std::optional<Victim> victim = choose_victim(facts_of(of, slots, &policies));
        return victim ? std::string(slots[victim->slot].name.bytes) : std::string();
    };
    const std::string expected = taken();
    std::reverse(slots.begin(), slots.end());
    require(taken() == expected, "the same in reverse", of);
    std::rotate(slots.begin(), slots.begin() + (slots.empty() ? 0 : 1), slots.end());
    require(taken() == expected, "the same turned round", of);
}

constexpr Lsn kArchivers[] = {0, 1 * kSegment + 9, 3 * kSegment, kCurrent};

// Calls `visit` with every set of `count` slots in the first `segments` segments, with a fence near
// or not, and whatever the archiver holds.
template <typename Visit>
void for_every_server(std::size_t count, std::uint64_t segments, Visit visit) {
    const int choices = kKindCount * static_cast<int>(segments);
    Case of{std::vector<int>(count, 0), false, 0};
    while (true) {
        for (const bool near : {false, true}) {
            for (const Lsn archiver : kArchivers) {
                of.fence_is_near = near;
                of.archiver = archiver;
                visit(of);
            }
        }
        // The next set: each slot's choice is at least that of the one before.
        std::size_t last = count;
        while (last > 0 && of.choices[last - 1] == choices - 1) {
            --last;
        }
        if (last == 0) {
            return;
        }
        const int next = of.choices[last - 1] + 1;
        std::fill(of.choices.begin() + static_cast<std::ptrdiff_t>(last) - 1, of.choices.end(),
                  next);
    }
}

Case random_case(std::mt19937& random, std::size_t slots_max) {
    Case of{std::vector<int>(random() % (slots_max + 1)), random() % 2 == 0,
            kArchivers[random() % std::size(kArchivers)]};
    for (int& choice : of.choices) {
        choice = static_cast<int>(random() % kChoices);
    }
    return of;
}

} // namespace

TEST_CASE("up_to_four_slots_of_any_kind_anywhere_are_judged_as_the_words_mean", "[victim]") {
    const auto policies = all_policies(4);
    std::size_t cases = 0;
    const auto visit = [&](const Case& of) {
        check(of, *policies);
        ++cases;
    };
    for (std::size_t count = 0; count <= 3; ++count) {
        for_every_server(count, kCurrentSegment, visit);
    }
    for_every_server(4, 3, visit);
    CHECK(cases > 300'000);
}

TEST_CASE("without_policies_no_slot_of_any_kind_is_taken", "[victim]") {
    const auto stale = all_policies(2);
    stale->loaded_steady_us = kNow - kPolicyStaleUs - 1;
    for (std::size_t count = 0; count <= 2; ++count) {
        for_every_server(count, kCurrentSegment, [&](const Case& of) {
            const std::vector<Slot> slots = slots_of(of);
            for (const PolicyTable* policies : {static_cast<PolicyTable*>(nullptr), stale.get()}) {
                const VictimFacts facts = facts_of(of, slots, policies);
                require(!choose_victim(facts).has_value(), "nobody", of);
                for (const Slot& slot : slots) {
                    require(refusal_of(slot, facts) == Refusal::PolicyUnknown, "for want of it",
                            of);
                }
            }
        });
    }
    SUCCEED();
}

TEST_CASE("the_order_of_the_slots_decides_nothing", "[victim]") {
    const auto policies = all_policies(6);
    for_every_server(2, kCurrentSegment, [&](const Case& of) { check_any_order(of, *policies); });
    std::mt19937 random(23);
    for (int round = 0; round < 20'000; ++round) {
        check_any_order(random_case(random, 6), *policies);
    }
    SUCCEED();
}

TEST_CASE("any_number_of_slots_is_judged_as_the_words_mean", "[victim]") {
    constexpr std::size_t kSlots = 12;
    const auto policies = all_policies(kSlots);
    std::mt19937 random(17);
    for (int round = 0; round < 30'000; ++round) {
        check(random_case(random, kSlots), *policies);
    }
    SUCCEED();
}

// One after another until nobody frees anything any more: nobody was taken for nothing, and all
// that could be freed was.
TEST_CASE("taking_one_after_another_frees_all_there_is_and_wastes_nobody", "[victim]") {
    constexpr std::size_t kSlots = 8;
    const auto policies = all_policies(kSlots);
    std::mt19937 random(29);
    for (int round = 0; round < 10'000; ++round) {
        const Case of = random_case(random, kSlots);
        const Oracle oracle(of);
        std::vector<Slot> slots = slots_of(of);
        const Lsn bound =
            oracle.oldest_without([&](std::size_t i) { return oracle.rank(i) != kNever; });
        std::vector<bool> gone(slots.size(), false);
        for (std::size_t step = 0; step <= slots.size(); ++step) {
            const std::optional<Victim> victim = choose_victim(facts_of(of, slots, policies.get()));
            if (!victim) {
                break;
            }
            Slot& slot = slots[victim->slot];
            require(!gone[victim->slot], "nobody twice", of);
            require(slot.restart_lsn / kSegment < bound / kSegment, "nobody for nothing", of);
            gone[victim->slot] = true;
            slot.wal = SlotWal::Lost;
        }
        require(oracle.oldest_without([&](std::size_t i) { return gone[i]; }) / kSegment ==
                    bound / kSegment,
                "all there is", of);
    }
    SUCCEED();
}

// One slot, with all there is to be said of it: the first reason that holds is given, in order.
TEST_CASE("the_refusal_is_the_first_reason_that_holds", "[victim]") {
    const auto policies = std::make_unique<PolicyTable>();
    policies->count = 1;
    PolicyRow& row = policies->rows[0];
    const std::uint32_t tried = 4;
    for (int bits = 0; bits < 1 << 14; ++bits) {
        const auto bit = [&](int i) { return ((bits >> i) & 1) != 0; };
        const auto policy = static_cast<Policy>(bits & 3);
        Slot slot = slot_of(2 /* stalled, in the first segment */, 0);
        slot.index = tried;
        policies->loaded_steady_us = bit(2) ? kNow : 0;
        row.policy = policy;
        row.has_max_retained = bit(3);
        row.is_guess = bit(13);
        row.max_retained_bytes = bit(4) ? kCurrent : 0;
        slot.lifetime = bit(5) ? SlotLifetime::Temporary : SlotLifetime::Persistent;
        slot.synced = bit(6);
        slot.wal = bit(7) ? SlotWal::Lost : SlotWal::Extended;
        if (bit(8)) {
            keeps_moving(slot);
        }
        if (bit(12)) { // whether a process is seen at it proves nothing
            slot.active_pid = 0;
            slot.inactive_since_steady_us = kNow;
        }
        slot.name.assign(bit(9) ? "pg_basebackup_1" : "slot");
        row.slot = slot.name;
        Case of{{}, bit(10), 0};
        const std::vector<Slot> slots = {slot};
        VictimFacts facts = facts_of(of, slots, policies.get());
        facts.skip = &tried;
        facts.skip_count = bit(11) ? 1 : 0;

        const bool ask = policy == Policy::Ask || bit(13);
        const std::pair<bool, Refusal> reasons[] = {
            {!bit(2), Refusal::PolicyUnknown},
            {policy == Policy::Protect, Refusal::Protected},
            {bit(5), Refusal::Temporary},
            {bit(6), Refusal::Synced},
            {bit(7), Refusal::HoldsNothing},
            {ask && bit(9), Refusal::BaseBackup},
            {ask && bit(8), Refusal::Moving},
            {ask && bit(3) && bit(4), Refusal::BelowItsLimit},
            {policy == Policy::Last && !bit(10), Refusal::NotYet},
            {bit(11), Refusal::TriedAlready},
        };
        const auto* first = std::find_if(std::begin(reasons), std::end(reasons),
                                         [](const auto& reason) { return reason.first; });
        const Refusal expected = first == std::end(reasons) ? Refusal::None : first->second;
        CAPTURE(bits);
        REQUIRE(name_of(refusal_of(slot, facts)) == name_of(expected));
        REQUIRE(choose_victim(facts).has_value() == (expected == Refusal::None));
    }
}
