#include <catch2/catch.hpp>

#include "core/guard.hpp"

#include <algorithm>
#include <memory>
#include <string>

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
        memory_.planned_us = kSecond;
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

    // A tablespace on a volume of its own, roomy.
    Volume& add_tablespace() {
        Volume& volume = sample.volumes[sample.volume_count++];
        volume = sample.volumes[kDataVolume];
        volume.kind = VolumeKind::Tablespace;
        volume.tablespace.assign("16401");
        volume.device = 77;
        return volume;
    }
    // A look that comes late, with WAL written since the last.
    void look_late(TimeUs late, Bytes wal_bytes) {
        now_ += late;
        run(1, wal_bytes);
    }
    Bytes threshold(Rung rung) const {
        return sample.verdicts[kWalVolume].thresholds.free_bytes[static_cast<std::size_t>(rung)];
    }

    std::uint64_t times_told_of_the_archiver() const {
        return log.counts[static_cast<std::size_t>(Action::ArchiverStuck)]
                         [static_cast<std::size_t>(Outcome::Decided)];
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

TEST_CASE("a_rung_that_is_only_held_is_told_from_one_that_is_demanded", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[kWalVolume].free_bytes = 5 * kGiB;
    server->run(1, 0);
    CHECK(server->wal().rung == Rung::Evict);
    CHECK(server->wal().demanded == Rung::Evict);
    server->sample.volumes[kWalVolume].free_bytes = 20 * kGiB;
    server->run(1, 0);
    CHECK(server->wal().rung == Rung::Evict);
    CHECK(server->wal().demanded == Rung::Watch);
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

TEST_CASE("an_archiver_is_stuck_after_stall_time_and_stall_bytes", "[guard]") {
    for (const TimeUs seconds : {60, 61, 62}) {
        auto server = std::make_unique<Server>();
        server->sample.oldest_unarchived_lsn = 1000 * kSegment;
        server->run(seconds, 5 * kBytesPerMiB); // 256 MB in 52 s
        CHECK(server->sample.archiver_stuck == (seconds > 60));
        CHECK(server->times_told_of_the_archiver() == (seconds > 60 ? 1 : 0));
    }
    auto slow = std::make_unique<Server>();
    slow->sample.oldest_unarchived_lsn = 1000 * kSegment;
    slow->run(250, kBytesPerMiB);
    CHECK_FALSE(slow->sample.archiver_stuck);
    slow->run(10, kBytesPerMiB);
    CHECK(slow->sample.archiver_stuck);
}

TEST_CASE("the_event_of_a_stuck_archiver_says_what_waits_for_it", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.oldest_unarchived_lsn = 1000 * kSegment;
    server->run(120, 5 * kBytesPerMiB);
    REQUIRE(server->times_told_of_the_archiver() == 1);
    const GuardEvent& event =
        *std::find_if(server->log.events, server->log.events + server->log.count,
                      [](const GuardEvent& e) { return e.action == Action::ArchiverStuck; });
    CHECK(event.outcome == Outcome::Decided);
    CHECK(event.volume == VolumeKind::Wal);
    CHECK(event.before_bytes == 61 * 5 * kBytesPerMiB);
    CHECK_FALSE(event.detail.empty());
}

TEST_CASE("an_archiver_that_gets_on_is_not_stuck_and_can_get_stuck_again", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.oldest_unarchived_lsn = 1000 * kSegment;
    server->run(120, 5 * kBytesPerMiB);
    REQUIRE(server->sample.archiver_stuck);
    server->sample.oldest_unarchived_lsn += kSegment;
    server->run(1, 5 * kBytesPerMiB);
    CHECK_FALSE(server->sample.archiver_stuck);
    server->run(120, 5 * kBytesPerMiB);
    CHECK(server->sample.archiver_stuck);
    CHECK(server->times_told_of_the_archiver() == 2);
    server->sample.oldest_unarchived_lsn = kUnknownLsn; // nothing waits any more
    server->run(300, 5 * kBytesPerMiB);
    CHECK_FALSE(server->sample.archiver_stuck);
}

TEST_CASE("a_position_that_went_back_leaves_the_archiver_its_time", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.oldest_unarchived_lsn = 900 * kSegment;
    server->run(100, 0);
    server->sample.wal.write_lsn -= 10 * kSegment; // a new timeline
    server->run(10, 0);
    CHECK_FALSE(server->sample.archiver_stuck);
}

TEST_CASE("a_server_that_recovers_has_no_archiver_that_could_be_stuck", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.oldest_unarchived_lsn = 1000 * kSegment;
    server->sample.archiver_rests = true;
    server->run(600, 5 * kBytesPerMiB);
    CHECK_FALSE(server->sample.archiver_stuck);
    server->sample.archiver_rests = false; // it has its time from here on
    server->run(59, 5 * kBytesPerMiB);
    CHECK_FALSE(server->sample.archiver_stuck);
    server->run(1, 5 * kBytesPerMiB);
    CHECK(server->sample.archiver_stuck);
}

TEST_CASE("a_guard_that_is_off_says_nothing_of_the_archiver", "[guard]") {
    auto server = std::make_unique<Server>();
    server->settings.mode = GuardMode::Off;
    server->sample.oldest_unarchived_lsn = 1000 * kSegment;
    server->run(120, 5 * kBytesPerMiB);
    CHECK(server->sample.archiver_stuck);
    CHECK(server->log.last_number == 0);
}

TEST_CASE("an_archiver_with_nothing_to_archive_is_not_stuck", "[guard]") {
    auto server = std::make_unique<Server>();
    server->run(600, 5 * kBytesPerMiB);
    CHECK_FALSE(server->sample.archiver_stuck);
    server->sample.oldest_unarchived_lsn = 1000 * kSegment;
    server->run(3600, 0); // nobody writes
    CHECK_FALSE(server->sample.archiver_stuck);
}

TEST_CASE("a_stuck_archiver_has_a_forecast_although_it_holds_little", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.oldest_unarchived_lsn = 1000 * kSegment;
    server->run(55, 10 * kBytesPerMiB); // held: half of what the server keeps anyway
    CHECK_FALSE(server->wal().full_in_fast.has_value());
    server->run(10, 10 * kBytesPerMiB);
    CHECK(server->wal().full_in_fast.has_value());
}

TEST_CASE("data_on_the_wals_volume_follows_it_and_says_nothing_of_its_own", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[kDataVolume].device = server->sample.volumes[kWalVolume].device;
    server->sample.reusable_bytes = kGiB;
    for (const Bytes free : {60 * kGiB, 20 * kGiB, 10 * kGiB, 5 * kGiB, kGiB / 2, 60 * kGiB}) {
        for (std::size_t i = 0; i < kVolumeKinds; ++i) {
            server->sample.volumes[i].free_bytes = free;
        }
        server->run(30, 0);
        CHECK(server->data().rung == server->wal().rung);
        CHECK(server->data().usable_bytes == server->wal().usable_bytes);
        CHECK(server->data().follows_wal);
        CHECK_FALSE(server->wal().follows_wal);
    }
    REQUIRE(server->log.last_number >= 5);
    for (std::uint32_t i = 0; i < server->log.count; ++i) {
        CHECK(server->log.events[i].volume == VolumeKind::Wal);
    }
}

TEST_CASE("data_that_moves_to_a_volume_of_its_own_is_judged_by_itself_again", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[kDataVolume].device = server->sample.volumes[kWalVolume].device;
    server->sample.volumes[kWalVolume].free_bytes = kGiB;
    server->run(1, 0);
    REQUIRE(server->data().rung == Rung::Fence);
    server->sample.volumes[kDataVolume].device = 5;
    server->run(1, 0);
    CHECK(server->data().rung == Rung::Fence); // stands where it stood until it was better a while
    server->run(30, 0);
    CHECK_FALSE(server->data().follows_wal);
    CHECK(server->data().rung == Rung::Calm);
    CHECK(server->wal().rung == Rung::Fence);
}

TEST_CASE("a_tablespace_is_watched_and_no_more", "[guard]") {
    auto server = std::make_unique<Server>();
    Volume& tablespace = server->add_tablespace();
    server->run(1, 0);
    CHECK(server->sample.verdicts[2].rung == Rung::Calm);
    tablespace.free_bytes = 0;
    server->run(30, 0);
    CHECK(server->sample.verdicts[2].rung == Rung::Watch);
    CHECK(server->wal().rung == Rung::Calm);
    REQUIRE(server->log.last_number == 1);
    CHECK(server->log.events[0].volume == VolumeKind::Tablespace);
    CHECK(std::string(server->log.events[0].target.bytes) == "16401");
    CHECK_FALSE(server->log.events[0].has_holder);
}

TEST_CASE("a_volume_without_inodes_has_no_room", "[guard]") {
    for (const std::size_t i : {kWalVolume, kDataVolume}) {
        auto server = std::make_unique<Server>();
        Volume& volume = server->sample.volumes[i];
        volume.counts_inodes = true;
        volume.total_inodes = volume.free_inodes = 100'000'000;
        server->run(1, 0);
        CHECK(server->sample.verdicts[i].rung == Rung::Calm);
        volume.free_inodes = 0;
        server->run(1, 0);
        CHECK(server->sample.verdicts[i].rung == Rung::Rescue);
        CHECK(server->sample.verdicts[i].usable_bytes == 0);
    }
}

TEST_CASE("segments_that_exist_need_no_inodes", "[guard]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[kWalVolume].counts_inodes = true;
    server->sample.volumes[kWalVolume].total_inodes = 1000;
    server->sample.reusable_bytes = 30 * kGiB;
    server->run(1, 0);
    CHECK(server->wal().usable_bytes == 30 * kGiB);
}

TEST_CASE("a_late_guard_and_fast_writers_need_an_earlier_fence", "[guard]") {
    auto server = std::make_unique<Server>();
    server->run(10, kBytesPerMiB);
    const Bytes usual = server->threshold(Rung::Fence);
    server->run(1, 5 * kGiB);
    server->look_late(kSecond / 2, kBytesPerMiB);
    const Bytes earlier = server->threshold(Rung::Fence);
    CHECK(earlier > usual);
    CHECK(static_cast<double>(earlier) == Approx(2.5 * kGiB + 4.0 * kSegment).epsilon(0.01));
    CHECK_FALSE(server->wal().thresholds_refused);
    server->run(70, kBytesPerMiB);
    CHECK(server->threshold(Rung::Fence) == usual);
}

TEST_CASE("no_fence_comes_before_an_eviction_had_its_chance", "[guard]") {
    auto server = std::make_unique<Server>();
    server->run(10, kBytesPerMiB);
    server->run(1, 500 * kGiB);
    server->look_late(kSecond, kBytesPerMiB);
    CHECK(server->threshold(Rung::Fence) == server->threshold(Rung::Evict) - kSegment);
    CHECK(server->data().thresholds.free_bytes[static_cast<std::size_t>(Rung::Fence)] <
          3 * kGiB); // it is the WAL volume's alone
}

TEST_CASE("events_say_in_which_mode_and_who", "[guard]") {
    for (const GuardMode mode : {GuardMode::Observe, GuardMode::Enforce}) {
        auto server = std::make_unique<Server>();
        server->settings.mode = mode;
        server->sample.volumes[kWalVolume].free_bytes = 10 * kGiB;
        server->run(1, 0);
        REQUIRE(server->log.count == 1);
        CHECK(server->log.events[0].mode == mode);
        CHECK(std::string(server->log.events[0].who.bytes) == "guard");
        CHECK(server->log.counts[static_cast<std::size_t>(Action::Rung)]
                                [static_cast<std::size_t>(Outcome::Decided)] == 1);
    }
}
