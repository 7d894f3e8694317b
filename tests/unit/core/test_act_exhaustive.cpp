#include <catch2/catch.hpp>

#include "guarded_server.hpp"

#include <algorithm>

using namespace opsmon::core;
using namespace opsmon::core::testing;

// What the guard does and never does at one look, over every combination of facts.

namespace {

constexpr GuardMode kModes[] = {GuardMode::Off, GuardMode::Observe, GuardMode::Enforce};
constexpr Rung kActing[] = {Rung::Relieve, Rung::Evict, Rung::Fence, Rung::Rescue};
enum class Facts { Fresh, SlotsAreOld, SlowOnesAreUnknown, VolumeIsUnknown };
enum class SlotKind { None, Protected, Stalled, Moving, Expendable, Last };
enum class OpenOrder { None, Unanswered, Working, Done, Refused, Failed };

struct Case {
    GuardMode mode;
    unsigned rungs; // of kActing
    Rung rung;
    std::size_t volume;
    Facts facts;
    SlotKind slot;
    OpenOrder order;
    bool suspended;
    bool standby;
};

template <typename Visit>
void for_every_case(Visit visit) {
    for (const GuardMode mode : kModes) {
        for (unsigned rungs = 0; rungs < 16; ++rungs) {
            for (const Rung rung : kAllRungs) {
                if (mode == GuardMode::Off && rung != Rung::Calm) {
                    continue; // a guard that is off stands nowhere else
                }
                for (int rest = 0; rest < 2 * 4 * 6 * 6 * 2 * 2; ++rest) {
                    int left = rest;
                    const auto next = [&](int choices) {
                        const int choice = left % choices;
                        left /= choices;
                        return choice;
                    };
                    Case of{};
                    of.mode = mode;
                    of.rungs = rungs;
                    of.rung = rung;
                    of.volume = static_cast<std::size_t>(next(2));
                    of.facts = static_cast<Facts>(next(4));
                    of.slot = static_cast<SlotKind>(next(6));
                    of.order = static_cast<OpenOrder>(next(6));
                    of.suspended = next(2) == 1;
                    of.standby = next(2) == 1;
                    visit(of);
                }
            }
        }
    }
}

bool acts(const Case& of, Rung rung) {
    const auto* place = std::find(std::begin(kActing), std::end(kActing), rung);
    return of.mode == GuardMode::Enforce && !of.suspended &&
           ((of.rungs >> (place - std::begin(kActing))) & 1) != 0;
}

void prepare(Server& server, const Case& of) {
    server.settings.mode = of.mode;
    for (std::size_t i = 0; i < std::size(kActing); ++i) {
        server.settings.rung_acts[index_of(kActing[i])] = ((of.rungs >> i) & 1) != 0;
    }
    server.suspended = of.suspended;
    server.sample.wal.in_recovery = of.standby;
    server.sample.wal.replay_lsn = kCurrent;
    for (std::size_t i = 0; i < kVolumeKinds; ++i) {
        server.sample.volumes[i].known = true;
        server.sample.ballast_bytes[i] = 64 * kBytesPerMiB;
        server.stand(i, i == of.volume ? of.rung : Rung::Calm);
    }
    server.sample.volumes[of.volume].known = of.facts != Facts::VolumeIsUnknown;
    server.sample.slow_facts_known = of.facts != Facts::SlowOnesAreUnknown;
    server.sample.oldest_wal_lsn = 10 * kSegment;
    server.forget_slots();
    switch (of.slot) {
    case SlotKind::None:
        break;
    case SlotKind::Protected:
        server.add("protected", 20, Policy::Protect);
        break;
    case SlotKind::Stalled:
        server.add("stalled", 20, Policy::Ask);
        break;
    case SlotKind::Moving:
        server.add("moving", 20, Policy::Ask).last_progress_steady_us = server.now;
        break;
    case SlotKind::Expendable:
        server.add("expendable", 20, Policy::Expendable);
        break;
    case SlotKind::Last:
        server.add("last", 20, Policy::Last);
        break;
    }
    server.memory = ActMemory{};
    server.report = OrderReport{};
    if (of.order != OpenOrder::None) {
        server.memory.order.number = 5;
        server.memory.order.kind = OrderKind::Evict;
        server.memory.order.slot.assign("somebody");
        server.memory.order.given_steady_us = server.now;
        server.memory.order.then_oldest_lsn = 10 * kSegment; // and gone it is
        server.memory.order_is_open = true;
        constexpr OrderState kStates[] = {OrderState::Idle,    OrderState::Idle,
                                          OrderState::Working, OrderState::Done,
                                          OrderState::Refused, OrderState::Failed};
        server.report = {5, kStates[static_cast<std::size_t>(of.order)], server.now};
    }
}

Deeds look(Server& server, const Case& of) {
    server.now += 1;
    server.sample.sampled_at = server.now;
    server.sample.slots_sampled_at = of.facts == Facts::SlotsAreOld ? server.now - 1 : server.now;
    server.said.clear();
    return server.look_as_it_is();
}

void require(bool holds, const char* what, const Case& of) {
    if (!holds) {
        FAIL(what << ": mode " << name_of(of.mode) << ", rungs " << of.rungs << ", "
                  << row_of(of.rung).name << " on " << of.volume << ", facts "
                  << static_cast<int>(of.facts) << ", slot " << static_cast<int>(of.slot)
                  << ", order " << static_cast<int>(of.order) << (of.suspended ? ", suspended" : "")
                  << (of.standby ? ", standby" : ""));
    }
}

void check_order(const Server& server, const Deeds& deeds, const Case& of) {
    const bool is_busy = of.order == OpenOrder::Unanswered || of.order == OpenOrder::Working;
    const bool wal_is_fresh = of.facts == Facts::Fresh ||
                              (of.facts == Facts::VolumeIsUnknown && of.volume == kDataVolume);
    const Rung wal_rung = of.volume == kWalVolume ? of.rung : Rung::Calm;
    const bool may_be_taken = of.slot == SlotKind::Stalled || of.slot == SlotKind::Expendable ||
                              (of.slot == SlotKind::Last && of.rung >= Rung::Fence);
    const bool evicts = wal_is_fresh && !is_busy && wal_rung >= Rung::Evict && may_be_taken &&
                        acts(of, Rung::Evict);
    require(evicts == (deeds.give_order && deeds.order.kind == OrderKind::Evict),
            "an eviction is ordered if and only if it may and must", of);
    if (deeds.give_order && deeds.order.kind == OrderKind::Checkpoint) {
        require(wal_is_fresh && !is_busy && wal_rung >= Rung::Relieve && acts(of, Rung::Relieve),
                "a checkpoint is asked for only when it may and must be", of);
    }
    require(!deeds.give_order || deeds.order.kind != OrderKind::DiscardArchive,
            "nobody has allowed to discard the archive", of);
    require(!deeds.give_order || deeds.order.number == (of.order == OpenOrder::None ? 1 : 6),
            "orders are numbered", of);
    require(deeds.give_order == (server.memory.order.given_steady_us == server.now),
            "the order is remembered", of);
}

void check_said(const Server& server, const Deeds& deeds, const Case& of) {
    std::size_t ordered = 0;
    for (std::uint32_t i = 0; i < server.log.count; ++i) {
        const GuardEvent& event = server.log.events[i];
        require(can_happen(event.action, event.outcome), "what is said can happen", of);
        require(event.mode == of.mode, "in the mode it is", of);
        ordered += event.outcome == Outcome::Ordered ? 1 : 0;
        if (event.outcome == Outcome::Would) {
            const Rung rung = event.action == Action::Checkpoint        ? Rung::Relieve
                              : event.action == Action::Evict           ? Rung::Evict
                              : event.action == Action::BallastReleased ? Rung::Rescue
                                                                        : Rung::Fence;
            require(!acts(of, rung), "what would be done may not be done", of);
        }
    }
    require(ordered == (deeds.give_order ? 1 : 0), "what is ordered is said", of);
    require(of.mode != GuardMode::Off || server.log.count == 0, "who is off says nothing", of);
}

void check_rest(const Deeds& deeds, const Case& of) {
    const bool fenced = of.rung >= Rung::Fence && acts(of, Rung::Fence) && !of.standby &&
                        of.facts != Facts::VolumeIsUnknown;
    require(deeds.fence_bits == (fenced ? kFenceWriters : 0), "the fence is up when it must", of);
    for (std::size_t i = 0; i < kVolumeKinds; ++i) {
        require(deeds.release_ballast[i] ==
                    (i == of.volume && of.rung == Rung::Rescue && acts(of, Rung::Rescue)),
                "the ballast goes with the last rung", of);
    }
    require(deeds.next_look_us >= kLeastIntervalUs && deeds.next_look_us <= kSecond,
            "looks within the interval", of);
    require(of.rung < Rung::Fence || of.mode == GuardMode::Off ||
                of.facts == Facts::VolumeIsUnknown || deeds.next_look_us == kLeastIntervalUs,
            "looks as often as it can below the fence", of);
}

bool are_equal(const Deeds& a, const Deeds& b) {
    return a.fence_bits == b.fence_bits && a.fence_change == b.fence_change &&
           a.give_order == b.give_order && a.next_look_us == b.next_look_us &&
           a.release_ballast[0] == b.release_ballast[0] &&
           a.release_ballast[1] == b.release_ballast[1] &&
           (!a.give_order || (a.order.kind == b.order.kind && a.order.slot.equals(b.order.slot)));
}

} // namespace

TEST_CASE("at_any_look_the_guard_does_what_it_may_and_must_and_nothing_else", "[act]") {
    auto server = std::make_unique<Server>();
    std::size_t cases = 0;
    for_every_case([&](const Case& of) {
        prepare(*server, of);
        const ActMemory before = server->memory;
        const Deeds deeds = look(*server, of);
        check_order(*server, deeds, of);
        check_said(*server, deeds, of);
        check_rest(deeds, of);
        const std::vector<std::string> said = server->said;
        server->memory = before; // same input, same output
        server->now -= 1;
        require(are_equal(deeds, look(*server, of)) && said == server->said, "it repeats", of);
        ++cases;
    });
    CHECK(cases == 16 * 13 * 1152);
}
