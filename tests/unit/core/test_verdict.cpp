#include <catch2/catch.hpp>

#include "verdict_server.hpp"

using namespace opsmon::core;
using Server = VerdictServer;

TEST_CASE("all_is_well_says_what_was_looked_at", "[verdict]") {
    Server server;
    CHECK(server.severity() == Severity::Ok);
    CHECK(server.words() == "All is well: 1 slot has its consumer, WAL volume 71 GiB free");
    CHECK(server.more().empty());
    server.facts.stream = Stream::Fine;
    server.sample->slot_count = 0;
    CHECK(server.words() == "All is well: streaming from its upstream, WAL volume 71 GiB free");
}

TEST_CASE("nothing_is_claimed_before_the_guard_has_looked", "[verdict]") {
    Server server;
    server.facts.guard = nullptr;
    CHECK(server.severity() == Severity::Unknown);
    CHECK(server.words() == "Nothing is known yet");
}

TEST_CASE("a_volume_that_fills_is_told_with_who_holds_it", "[verdict]") {
    Server server;
    server.fill_in(kWalVolume, 42 * 60);
    CHECK(server.severity() == Severity::Critical);
    CHECK(server.words() ==
          "WAL volume full in 42 min; 37 GiB held by slot standby_1, last progress 3 h ago");
    server.sample->verdicts[kWalVolume].full_in_fast = 5 * kUsPerSecond;
    CHECK(server.words().find("WAL volume full in 5 s") == 0);
    server.sample->slot_count = 0;
    CHECK(server.words() == "WAL volume full in 5 s");
}

TEST_CASE("a_forecast_far_away_is_no_reason_to_look", "[verdict]") {
    Server server;
    server.fill_in(kDataVolume, 86'400);
    CHECK(server.severity() == Severity::Ok);
    server.fill_in(kDataVolume, 86'399);
    CHECK(server.severity() == Severity::Warning);
    server.fill_in(kDataVolume, 4 * 3600 - 1);
    CHECK(server.severity() == Severity::Critical);
    server.fill_in(kDataVolume, 0);
    CHECK(server.words() == "data volume is full");
}

TEST_CASE("a_wal_volume_without_room_for_a_segment_is_full", "[verdict]") {
    Server server;
    server.sample->verdicts[kWalVolume].usable_bytes = 16 * kBytesPerMiB - 1;
    CHECK(server.words().find("WAL volume is full; 37 GiB held by slot standby_1") == 0);
    server.sample->volumes[kWalVolume].known = false;
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("a_consumer_that_vanished_is_told_and_one_that_never_was_is_not", "[verdict]") {
    Server server;
    server.let_consumer_vanish();
    CHECK(server.severity() == Severity::Critical);
    CHECK(server.words() ==
          "Slot standby_1 has had no consumer for 20 s and holds back 37 GiB of WAL");
    server.slot().last_active_at = 0;
    server.slot().had_consumer = false;
    CHECK(server.severity() == Severity::Warning);
}

TEST_CASE("a_consumer_that_reconnects_is_no_news_and_one_that_misses_nothing_no_disaster",
          "[verdict]") {
    Server server;
    server.let_consumer_vanish();
    server.slot().inactive_since = kNow - 4 * kUsPerSecond;
    CHECK(server.severity() == Severity::Ok);
    server.let_consumer_vanish();
    server.slot().current_lsn_at_progress = 100 * kGiB;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "Slot standby_1 has no consumer; it holds 37 GiB");
}

TEST_CASE("a_slot_that_lost_its_wal_is_not_well", "[verdict]") {
    Server server;
    server.slot().wal = SlotWal::Lost;
    CHECK(server.words() == "Slot standby_1 has lost WAL its consumer needs");
}

TEST_CASE("the_worst_comes_first_and_the_rest_is_not_lost", "[verdict]") {
    Server server;
    server.let_consumer_vanish();
    server.facts.fenced = true;
    server.facts.fence_stops_all = true;
    server.sample->suspended = true;
    CHECK(server.words() == "The fence stops every statement");
    CHECK(server.more() ==
          "Slot standby_1 has had no consumer for 20 s and holds back 37 GiB of WAL; "
          "The guard is suspended by hand");
    server.facts.fence_stops_all = false;
    server.facts.fence_since = kNow - 120 * kUsPerSecond;
    CHECK(server.words() == "The fence stops statements that write for 2 min");
}

TEST_CASE("rungs_of_the_guard_are_named_once_for_one_volume", "[verdict]") {
    Server server;
    server.sample->verdicts[kWalVolume].rung = Rung::Watch;
    CHECK(server.words() == "The guard stands at rung 1 (watch) for the WAL volume");
    CHECK(server.severity() == Severity::Warning);
    server.sample->verdicts[kDataVolume].rung = Rung::Evict;
    CHECK(server.words() == "The guard stands at rung 3 (evict) for the data volume");
    CHECK(server.severity() == Severity::Critical);
    server.sample->verdicts[kDataVolume].follows_wal = true;
    CHECK(server.words() == "The guard stands at rung 1 (watch) for the WAL volume");
}

TEST_CASE("a_guard_that_is_silent_is_said_before_anything_else", "[verdict]") {
    Server server;
    server.facts.fenced = true;
    server.sample->sampled_at = kNow - 180 * kUsPerSecond;
    CHECK(server.words() == "The guard has not looked for 3 min: what you see is that old");
}

TEST_CASE("a_sampler_that_is_silent_does_not_hide_what_the_guard_knows", "[verdict]") {
    Server server;
    server.facts.sampled_at = kNow - 180 * kUsPerSecond;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "The sampler has not looked for 3 min, see the server's log: "
                            "replication and activity are that old");
    server.facts.sampled_at = 0;
    CHECK(server.words() == "The sampler has not looked yet");
    server.let_consumer_vanish();
    CHECK(server.words().find("Slot standby_1") == 0);
}

TEST_CASE("a_broken_stream_is_never_well", "[verdict]") {
    Server server;
    server.facts.stream = Stream::Broken;
    CHECK(server.severity() == Severity::Critical);
    CHECK(server.words().find("This standby receives nothing") == 0);
    server.facts.stream = Stream::Silent;
    server.facts.silent_us = 47 * kUsPerSecond;
    CHECK(server.words() == "The server this standby receives from was not heard of for 47 s");
    server.facts.stream = Stream::Fine;
    server.facts.replay_paused = true;
    server.sample->wal.receive_lsn = 100 * kGiB;
    server.sample->wal.replay_lsn = 99 * kGiB;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "Replay is paused, and 1 GiB of WAL wait for it");
}

TEST_CASE("an_archiver_that_stands_still_and_a_failing_recorder_are_told", "[verdict]") {
    Server server;
    server.sample->archiver_stuck = true;
    CHECK(server.words() == "Nothing is archived");
    server.sample->oldest_unarchived_lsn = 98 * kGiB;
    CHECK(server.words() == "Nothing is archived, and 2 GiB of WAL wait for it");
    server.facts.recorder_fails = true;
    CHECK(server.more() == "History cannot be written");
}

TEST_CASE("more_findings_than_fit_leave_out_the_least", "[verdict]") {
    Server server;
    server.sample->slot_count = 40;
    for (std::uint32_t i = 0; i < 40; ++i) {
        Slot& slot = server.sample->slots[i];
        slot = server.sample->slots[0];
        slot.name.assign(std::string("slot_" + std::to_string(i)).c_str());
        slot.wal = SlotWal::Lost;
    }
    server.facts.fenced = true;
    server.facts.recorder_fails = true;
    CHECK(server.words() == "The fence stops statements that write");
    CHECK(server.more().find("History") == std::string::npos);
    CHECK(server.severity() == Severity::Critical);
}

TEST_CASE("every_severity_has_a_name", "[verdict]") {
    for (const auto severity :
         {Severity::Ok, Severity::Warning, Severity::Critical, Severity::Unknown}) {
        CHECK(name_of(severity)[0] != '\0');
    }
}

TEST_CASE("slots_that_are_not_watched_are_counted", "[verdict]") {
    Server server;
    server.sample->slots_omitted = 67;
    CHECK(server.words() == "67 slots are beyond those that are watched");
}

TEST_CASE("replay_that_is_far_behind_is_told_of_whatever_holds_it_up", "[verdict]") {
    Server server;
    server.sample->wal.in_recovery = true;
    server.sample->wal.receive_lsn = 100 * kGiB;
    server.sample->wal.replay_lsn = 100 * kGiB - 256 * kBytesPerMiB;
    server.slot().restart_lsn = kUnknownLsn;
    CHECK(server.severity() == Severity::Ok);
    server.sample->wal.replay_lsn -= 1;
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() == "Replay is behind: 256 MiB of WAL have arrived and wait for it");
}

TEST_CASE("an_archiver_that_fails_is_told_of_before_much_waits", "[verdict]") {
    Server server;
    const auto sampler = std::make_unique<SamplerSample>();
    server.facts.sampler = sampler.get();
    Archiver& archiver = sampler->archiver;
    archiver.last_failed_at = kNow - 10 * kUsPerSecond;
    CHECK(server.words() == "Archiving fails");
    archiver.last_archived_at = kNow - 180 * kUsPerSecond;
    CHECK(server.words() == "Archiving fails: nothing was archived for 3 min");
    CHECK(server.severity() == Severity::Warning);
    server.sample->archiver_stuck = true; // says more
    CHECK(server.words() == "Nothing is archived");
    server.sample->archiver_stuck = false;
    archiver.last_archived_at = kNow - 5 * kUsPerSecond;
    CHECK(server.severity() == Severity::Ok);
    archiver.last_archived_at = 0;
    archiver.last_failed_at = kNow - 301 * kUsPerSecond; // nobody tries any more
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("commits_that_wait_for_standbys_are_told_of", "[verdict]") {
    Server server;
    const auto sampler = std::make_unique<SamplerSample>();
    server.facts.sync_standbys_needed = 2;
    CHECK(server.severity() == Severity::Ok); // nobody knows who is there
    server.facts.sampler = sampler.get();
    CHECK(server.severity() == Severity::Critical);
    CHECK(server.words() == "Commits wait: 2 synchronous standbys are needed, and 0 are connected");
    sampler->sender_count = 2;
    for (std::size_t i : {0, 1}) {
        sampler->senders[i].sync_priority = 1;
        sampler->senders[i].state.assign(i == 0 ? "streaming" : "catchup");
    }
    CHECK(server.words() == "Commits wait: 2 synchronous standbys are needed, and 1 is connected");
    sampler->senders[1].state.assign("streaming");
    CHECK(server.severity() == Severity::Ok);
}

TEST_CASE("objects_of_another_release_are_told_with_what_to_do", "[verdict]") {
    Server server;
    RecorderStatus recorder{};
    recorder.database.assign("monitor");
    server.facts.recorder = &recorder;
    server.facts.library_version = "0.2.0";
    CHECK(server.severity() == Severity::Ok); // not seen yet
    recorder.sql_version.assign("0.2.0");
    CHECK(server.severity() == Severity::Ok);

    recorder.sql_version.assign("0.1.0");
    CHECK(server.severity() == Severity::Warning);
    CHECK(server.words() ==
          "The SQL objects in database monitor are of opsmon 0.1.0, the library is "
          "0.2.0: run ALTER EXTENSION opsmon UPDATE there");
    recorder.sql_version.assign("0.10.0");
    CHECK(server.words() == "The server has loaded the library of opsmon 0.2.0, the SQL objects in "
                            "database monitor are of 0.10.0: restart it with that library");
    recorder.sql_version.assign("of my own");
    CHECK(server.severity() == Severity::Ok);

    // The longest names there are: nothing is cut.
    recorder.sql_version.assign("999999.999999.999999");
    recorder.database.assign(std::string(63, 'd').c_str());
    const std::string words = server.words();
    CHECK(words.ends_with("restart it with that library"));
}

TEST_CASE("versions_that_differ_come_after_what_is_urgent", "[verdict]") {
    Server server;
    RecorderStatus recorder{};
    recorder.sql_version.assign("0.1.0");
    server.facts.recorder = &recorder;
    server.facts.library_version = "0.2.0";
    server.let_consumer_vanish();
    CHECK(server.words().find("opsmon 0.1.0") == std::string::npos);
    CHECK(server.more().find("opsmon 0.1.0") != std::string::npos);
}
