#include <catch2/catch.hpp>

#include "core/recent.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace opsmon::core;

namespace {

constexpr TimeUs kNow = 1'000'000 * kUsPerSecond;

struct Facts {
    std::unique_ptr<SamplerSample> sampler = std::make_unique<SamplerSample>();
    std::unique_ptr<GuardSample> guard = std::make_unique<GuardSample>();
    std::vector<std::uint64_t> words = std::vector<std::uint64_t>(kRecentWordsMax);

    Facts() {
        sampler->sampled_at = kNow;
        sampler->current_lsn = 5000;
        sampler->timeline = 3;
        guard->sampled_at = kNow;
        guard->slots_sampled_at = kNow;
        guard->wal.write_lsn = 5000;
    }

    RecentReader packed() { return {words.data(), pack(*sampler, guard.get(), words.data())}; }
};

void add_slot(GuardSample& guard, const char* name, Lsn restart_lsn, SlotWal wal) {
    Slot& slot = guard.slots[guard.slot_count++];
    slot.name.assign(name);
    slot.restart_lsn = restart_lsn;
    slot.wal = wal;
    slot.active_pid = 42;
}

void add_sender(SamplerSample& sampler, const char* application, const char* slot) {
    Sender& sender = sampler.senders[sampler.sender_count++];
    sender.application_name.assign(application);
    sender.slot_name.assign(slot);
    sender.client_addr.assign("10.0.0.1");
    sender.state.assign("streaming");
    sender.replay_lsn = 4000;
    sender.sent_lsn = 4900;
}

} // namespace

TEST_CASE("a_sample_comes_back_as_it_was", "[recent]") {
    Facts facts;
    facts.guard->volume_count = 1;
    facts.guard->volumes[0].kind = VolumeKind::Wal;
    facts.guard->volumes[0].known = true;
    facts.guard->volumes[0].size_bytes = 100;
    facts.guard->volumes[0].free_bytes = 60;
    add_slot(*facts.guard, "standby_1", 3000, SlotWal::Extended);
    add_sender(*facts.sampler, "walreceiver", "standby_1");
    count_state(*facts.sampler, "idle", 7);

    RecentReader reader = facts.packed();
    CHECK(reader.header().sampled_at == kNow);
    CHECK(reader.header().timeline == 3);
    REQUIRE(reader.header().volume_count == 1);
    const RecentVolume volume = reader.volume();
    CHECK(std::string(volume.name.bytes) == "wal");
    CHECK(volume.free_bytes == 60);
    CHECK(volume.free_inodes == kUnknownNumber);
    REQUIRE(reader.header().slot_count == 1);
    const RecentSlot slot = reader.slot();
    CHECK(std::string(slot.name.bytes) == "standby_1");
    CHECK(slot.active);
    CHECK(slot.wal == SlotWal::Extended);
    CHECK(slot.retained_bytes == 2000);
    REQUIRE(reader.header().sender_count == 1);
    const RecentSender sender = reader.sender();
    CHECK(std::string(sender.consumer.bytes) == "standby_1");
    CHECK(std::string(sender.client_addr.bytes) == "10.0.0.1");
    CHECK(sender.lag_bytes == 1000);
    CHECK(sender.unsent_bytes == 100);
    CHECK(sender.replay_lag_us == kUnknownNumber);
    REQUIRE(reader.header().state_count == 1);
    const RecentState state = reader.state();
    CHECK(std::string(state.state.bytes) == "idle");
    CHECK(state.sessions == 7);
}

TEST_CASE("a_consumer_without_a_slot_has_its_application_name", "[recent]") {
    Facts facts;
    add_sender(*facts.sampler, "pg_receivewal", "");
    RecentReader reader = facts.packed();
    CHECK(std::string(reader.sender().consumer.bytes) == "pg_receivewal");
}

TEST_CASE("what_is_unknown_stays_unknown", "[recent]") {
    Facts facts;
    facts.guard->volume_count = 1;
    add_slot(*facts.guard, "lost", kUnknownLsn, SlotWal::Lost);
    RecentReader reader = facts.packed();
    CHECK(reader.header().directory_bytes == kUnknownNumber);
    CHECK(reader.volume().free_bytes == kUnknownNumber);
    CHECK(reader.slot().retained_bytes == kUnknownNumber);
}

TEST_CASE("tablespaces_are_told_apart", "[recent]") {
    Facts facts;
    facts.guard->volume_count = 1;
    facts.guard->volumes[0].kind = VolumeKind::Tablespace;
    facts.guard->volumes[0].tablespace.assign("16385");
    RecentReader reader = facts.packed();
    CHECK(std::string(reader.volume().name.bytes) == "tablespace:16385");
}

TEST_CASE("what_the_guard_showed_long_ago_is_not_repeated", "[recent]") {
    Facts facts;
    facts.guard->volume_count = 1;
    add_slot(*facts.guard, "old", 3000, SlotWal::Reserved);
    facts.guard->slots_sampled_at = kNow - kGuardStaleUs;
    CHECK(facts.packed().header().slot_count == 0);
    CHECK(facts.packed().header().volume_count == 1);
    facts.guard->sampled_at = kNow - kGuardStaleUs;
    CHECK(facts.packed().header().volume_count == 0);
}

TEST_CASE("a_sample_without_a_guard_has_the_rest", "[recent]") {
    Facts facts;
    add_sender(*facts.sampler, "a", "");
    const std::size_t words = pack(*facts.sampler, nullptr, facts.words.data());
    RecentReader reader(facts.words.data(), words);
    CHECK(reader.header().slot_count == 0);
    CHECK(reader.header().sender_count == 1);
}

TEST_CASE("the_largest_sample_fits", "[recent]") {
    Facts facts;
    const std::string longest(63, 'n');
    for (std::uint32_t i = 0; i < kSlotsMax; ++i) {
        add_slot(*facts.guard, longest.c_str(), 3000, SlotWal::Reserved);
    }
    for (std::uint32_t i = 0; i < kSendersMax; ++i) {
        add_sender(*facts.sampler, longest.c_str(), longest.c_str());
    }
    facts.guard->volume_count = kVolumesMax;
    for (std::uint32_t i = 0; i < kVolumesMax; ++i) {
        facts.guard->volumes[i].kind = VolumeKind::Tablespace;
        facts.guard->volumes[i].tablespace.assign(longest.c_str());
    }
    for (std::uint32_t i = 0; i < kStatesMax; ++i) {
        count_state(*facts.sampler, (longest.substr(0, 30) + std::to_string(i)).c_str(), 1);
    }
    const std::size_t words = pack(*facts.sampler, facts.guard.get(), facts.words.data());
    CHECK(words <= kRecentWordsMax);
    CHECK(facts.words[0] == words);
    RecentReader reader(facts.words.data(), words);
    for (std::uint32_t i = 0; i < kVolumesMax; ++i) {
        reader.volume();
    }
    for (std::uint32_t i = 0; i < kSlotsMax; ++i) {
        reader.slot();
    }
    for (std::uint32_t i = 0; i < kSendersMax; ++i) {
        reader.sender();
    }
    std::int32_t sessions = 0;
    for (std::uint32_t i = 0; i < reader.header().state_count; ++i) {
        sessions += reader.state().sessions;
    }
    CHECK(sessions == static_cast<std::int32_t>(kStatesMax));
}

TEST_CASE("a_record_that_is_cut_short_is_empty_from_there_on", "[recent]") {
    Facts facts;
    add_slot(*facts.guard, "standby_1", 3000, SlotWal::Reserved);
    const std::size_t words = pack(*facts.sampler, facts.guard.get(), facts.words.data());
    RecentReader reader(facts.words.data(), words - 2);
    const RecentSlot slot = reader.slot();
    CHECK(slot.retained_bytes == 0);
    CHECK(reader.sender().consumer.empty());
}
