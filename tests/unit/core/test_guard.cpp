#include <catch2/catch.hpp>

#include "core/guard.hpp"

#include <memory>

using namespace opsmon::core;

namespace {

constexpr TimeUs kSecond = kUsPerSecond;
constexpr Bytes kSegment = 16 * kBytesPerMiB;
constexpr Bytes kGiB = 1024 * kBytesPerMiB;

// A server whose WAL and data volumes are looked at once a second.
class Server {
public:
    Server() {
        start(memory_);
        settings.mode = GuardMode::Observe;
        settings.stall = {60 * kSecond, 256 * kBytesPerMiB};
        sample.volume_count = kVolumeKinds;
        settings.max_wal_bytes = kGiB;
        sample.wal.segment_bytes = kSegment;
        sample.wal.write_lsn = 1000 * kSegment;
        sample.wal.redo_lsn = 990 * kSegment;
        for (std::size_t i = 0; i < kVolumeKinds; ++i) {
            sample.volumes[i].kind = static_cast<VolumeKind>(i);
            sample.volumes[i].known = true;
            sample.volumes[i].size_bytes = 100 * kGiB;
            sample.volumes[i].free_bytes = 60 * kGiB;
            sample.volumes[i].device = i;
        }
    }

    // Writes WAL for a while; a checkpoint follows when `checkpoints`.
    void run(TimeUs seconds, Bytes wal_bytes_per_second, bool checkpoints = true) {
        for (TimeUs i = 0; i < seconds; ++i) {
            now_ += kSecond;
            sample.sampled_at = now_;
            sample.wal.write_lsn += wal_bytes_per_second;
            if (checkpoints && sample.wal.write_lsn - sample.wal.redo_lsn > kGiB / 2) {
                sample.wal.redo_lsn = sample.wal.write_lsn;
            }
            judge(sample, settings, now_, memory_, log);
        }
    }

    void add_slot(const char* name, Lsn restart_lsn) {
        Slot& slot = sample.slots[sample.slot_count++];
        slot.name.assign(name);
        slot.restart_lsn = restart_lsn;
        slot.wal = SlotWal::Extended;
    }

    const VolumeVerdict& wal() const { return sample.verdicts[0]; }
    const VolumeVerdict& data() const { return sample.verdicts[1]; }

    GuardSample sample{};
    GuardSettings settings{};
    EventLog log{};

private:
    GuardMemory memory_{};
    TimeUs now_ = 0;
};

} // namespace

TEST_CASE("a_healthy_server_that_writes_all_day_is_calm", "[guard]") {
    auto server = std::make_unique<Server>();
    server->add_slot("caught_up", server->sample.wal.write_lsn);
    for (int i = 0; i < 1000; ++i) {
        server->run(1, 100'000'000);
        server->sample.slots[0].restart_lsn = server->sample.wal.write_lsn;
    }
    CHECK(server->wal().rung == Rung::Calm);
    CHECK_FALSE(server->wal().full_in_slow.has_value());
    CHECK(server->log.last_number == 0);
}

TEST_CASE("a_slot_that_stays_behind_has_a_forecast", "[guard]") {
    auto server = std::make_unique<Server>();
    server->add_slot("dead", server->sample.wal.write_lsn);
    server->run(600, 5'000'000);
    REQUIRE(server->wal().full_in_slow.has_value());
    const double room = 58.0 * kGiB; // less what the fence needs
    CHECK(static_cast<double>(*server->wal().full_in_slow) / kSecond ==
          Approx(room / 5e6).epsilon(0.02));
    CHECK(server->wal().rung == Rung::Watch);
    REQUIRE(server->log.last_number == 1);
    const GuardEvent& event = server->log.events[0];
    CHECK(event.from == Rung::Calm);
    CHECK(event.to == Rung::Watch);
    CHECK(event.trigger == Trigger::Forecast);
    CHECK(event.has_holder);
    CHECK(event.holder == HolderKind::Slot);
    CHECK(std::string(event.holder_name.bytes) == "dead");
    CHECK(event.number == 1);
}

TEST_CASE("a_failing_archiver_has_a_forecast", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.oldest_unarchived_lsn = 900 * kSegment; // 1.6 GB behind
    server->run(600, 50'000'000);
    CHECK(server->wal().rung >= Rung::Watch);
    CHECK(server->log.events[0].holder == HolderKind::Archiver);
}

TEST_CASE("a_max_wal_size_larger_than_the_volume_has_a_forecast", "[guard]") {
    auto server = std::make_unique<Server>();
    server->settings.max_wal_bytes = 500 * kGiB;
    server->run(600, 50'000'000, /* checkpoints */ false);
    CHECK(server->wal().full_in_slow.has_value());
    CHECK(server->wal().rung >= Rung::Watch);
}

TEST_CASE("reusable_segments_count_as_room_on_the_wal_volume_only", "[guard]") {
    auto server = std::make_unique<Server>();
    for (Volume& volume : server->sample.volumes) {
        volume.free_bytes = 20 * kGiB;
    }
    server->sample.reusable_bytes = 10 * kGiB;
    server->run(3, 0);
    CHECK(server->wal().rung == Rung::Calm);
    CHECK(server->wal().usable_bytes == 30 * kGiB);
    CHECK(server->data().rung == Rung::Watch);
    CHECK(server->data().usable_bytes == 20 * kGiB);
    CHECK_FALSE(server->log.events[0].has_holder);
}

TEST_CASE("a_guard_that_is_off_stands_nowhere_and_says_nothing", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[0].free_bytes = 0;
    server->settings.mode = GuardMode::Off;
    server->run(5, 1'000'000);
    CHECK(server->wal().rung == Rung::Calm);
    CHECK(server->log.last_number == 0);
    server->settings.mode = GuardMode::Observe;
    server->run(1, 1'000'000);
    CHECK(server->wal().rung == Rung::Rescue);
    server->settings.mode = GuardMode::Off;
    server->run(1, 1'000'000);
    CHECK(server->wal().rung == Rung::Calm);
    CHECK(server->wal().since == 0);
}

TEST_CASE("a_volume_that_cannot_be_sensed_keeps_its_rung", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[0].free_bytes = 10 * kGiB;
    server->run(1, 0);
    CHECK(server->wal().rung == Rung::Relieve);
    server->sample.volumes[0].known = false;
    server->sample.volumes[0].free_bytes = 90 * kGiB;
    server->run(60, 0);
    CHECK(server->wal().rung == Rung::Relieve);
}

TEST_CASE("impossible_thresholds_are_replaced_by_the_defaults_and_said_so", "[guard]") {
    auto server = std::make_unique<Server>();
    server->settings.wanted.free_bytes[static_cast<std::size_t>(Rung::Watch)] = kGiB;
    server->run(1, 0);
    CHECK(server->wal().thresholds_refused);
    CHECK(server->wal().thresholds.free_bytes[static_cast<std::size_t>(Rung::Watch)] > 20 * kGiB);
    server->settings.wanted = {};
    server->run(1, 0);
    CHECK_FALSE(server->wal().thresholds_refused);
}

TEST_CASE("the_moment_a_rung_was_entered_is_remembered", "[guard]") {
    auto server = std::make_unique<Server>();
    server->run(7, 0);
    server->sample.volumes[0].free_bytes = 10 * kGiB;
    server->run(1, 0);
    const TimeUs entered = server->sample.sampled_at;
    server->run(30, 0);
    CHECK(server->wal().since == entered);
}

TEST_CASE("a_full_event_log_keeps_the_newest_and_their_numbers", "[guard]") {
    auto log = std::make_unique<EventLog>();
    for (std::uint32_t i = 0; i < kEventsMax + 10; ++i) {
        append(*log, GuardEvent{});
    }
    CHECK(log->count == kEventsMax);
    CHECK(log->events[0].number == 11);
    CHECK(log->events[kEventsMax - 1].number == kEventsMax + 10);
}
