#include "core/verdict.hpp"

#include "core/findings.hpp"
#include "core/forecast.hpp"
#include "core/verdict_consumers.hpp"

namespace opsmon::core {
namespace {

constexpr TimeUs kHourUs = 3600 * kUsPerSecond;
Sentence& name_volume(Sentence& words, const Volume& volume) {
    switch (volume.kind) {
    case VolumeKind::Wal:
        return words.add("WAL");
    case VolumeKind::Data:
        return words.add("data");
    case VolumeKind::Tablespace:
        return words.add("tablespace:").add(volume.tablespace.bytes);
    }
    return words;
}

void add_holder(Sentence& words, const VerdictFacts& facts) {
    const Lsn current = current_lsn(facts.guard->wal);
    const Slot* largest = nullptr;
    Bytes held = 0;
    for (std::uint32_t i = 0; i < facts.guard->slot_count; ++i) {
        const Bytes bytes = retained_bytes(facts.guard->slots[i], current).value_or(0);
        if (bytes > held) {
            held = bytes;
            largest = &facts.guard->slots[i];
        }
    }
    if (largest == nullptr) {
        return;
    }
    words.add("; ").size(held).add(" held by slot ").add(largest->name.bytes);
    if (largest->last_progress_at != 0) {
        words.add(", last progress ").span(facts.now - largest->last_progress_at).add(" ago");
    }
}

void judge_volume(const VerdictFacts& facts, std::uint32_t i, Findings& findings) {
    const Volume& volume = facts.guard->volumes[i];
    const VolumeVerdict& verdict = facts.guard->verdicts[i];
    const bool is_wal = volume.kind == VolumeKind::Wal;
    const std::optional<TimeUs> full_in = earlier(verdict.full_in_fast, verdict.full_in_slow);
    const bool is_full =
        is_wal && volume.known && verdict.usable_bytes < facts.guard->wal.segment_bytes;
    if (is_full || (full_in && *full_in < 24 * kHourUs)) {
        Sentence words;
        name_volume(words, volume);
        if (is_full || *full_in <= 0) {
            words.add(" volume is full");
        } else {
            words.add(" volume full in ").span(*full_in);
        }
        if (is_wal) {
            add_holder(words, facts);
        }
        const bool is_near = is_full || *full_in < 4 * kHourUs;
        findings.add(is_near, is_full ? 9500 : is_near ? 8000 : 3000, words);
    }
    const auto rung = static_cast<std::uint32_t>(verdict.rung);
    if (rung > 0 && !verdict.follows_wal) {
        Sentence words;
        words.add("The guard stands at rung ").number(rung).add(" (");
        words.add(row_of(verdict.rung).name).add(") for the ");
        name_volume(words, volume).add(" volume");
        const bool is_bad = verdict.rung >= Rung::Evict;
        findings.add(is_bad, (is_bad ? 6000 : 2500) + 100 * rung, words);
    }
}

void judge_guard(const VerdictFacts& facts, Findings& findings) {
    const TimeUs age = facts.now - facts.guard->sampled_at;
    if (age > 10 * facts.guard_interval_us + 5 * kUsPerSecond) {
        findings.bad(11000, Sentence()
                                .add("The guard has not looked for ")
                                .span(age)
                                .add(": what you see is that old"));
    }
    if (facts.fenced) {
        Sentence words;
        words.add("The fence stops ");
        words.add(facts.fence_stops_all ? "every statement" : "statements that write");
        if (facts.fence_since != 0) {
            words.add(" for ").span(facts.now - facts.fence_since);
        }
        findings.bad(9000, words);
    }
    if (facts.guard->suspended) {
        findings.warn(1500, Sentence().add("The guard is suspended by hand"));
    }
    if (facts.guard->archiver_stuck) {
        const Bytes waits =
            bytes_between(current_lsn(facts.guard->wal), facts.guard->oldest_unarchived_lsn);
        Sentence words;
        words.add("Nothing is archived");
        if (facts.guard->oldest_unarchived_lsn != kUnknownLsn) {
            words.add(", and ").size(waits).add(" of WAL wait for it");
        }
        findings.bad(4500, words);
    }
}

void judge_stream(const VerdictFacts& facts, Findings& findings) {
    if (facts.stream == Stream::Broken) {
        findings.bad(5800, Sentence().add("This standby receives nothing: its stream is broken, "
                                          "and how far it is behind is not known"));
    }
    if (facts.stream == Stream::Silent) {
        findings.bad(5800, Sentence()
                               .add("The server this standby receives from was not heard of for ")
                               .span(facts.silent_us));
    }
}

// What arrives and is not replayed piles up, whatever holds replay up.
void judge_replay(const VerdictFacts& facts, Findings& findings) {
    constexpr Bytes kMuch = 256 * kBytesPerMiB;
    const WalPosition& wal = facts.guard->wal;
    if (facts.replay_paused) {
        findings.warn(3500, Sentence()
                                .add("Replay is paused, and ")
                                .size(bytes_between(wal.receive_lsn, wal.replay_lsn))
                                .add(" of WAL wait for it"));
    } else if (wal.in_recovery && bytes_between(wal.receive_lsn, wal.replay_lsn) > kMuch) {
        findings.warn(3400, Sentence()
                                .add("Replay is behind: ")
                                .size(bytes_between(wal.receive_lsn, wal.replay_lsn))
                                .add(" of WAL have arrived and wait for it"));
    }
}

// An attempt that failed; guard->archiver_stuck is the one that hangs, or when much waits already.
void judge_archiving(const VerdictFacts& facts, Findings& findings) {
    constexpr TimeUs kRecentUs = 300 * kUsPerSecond; // it tries once a minute
    if (facts.sampler == nullptr || facts.guard->archiver_stuck) {
        return;
    }
    const Archiver& archiver = facts.sampler->archiver;
    if (archiver.last_failed_at > archiver.last_archived_at &&
        facts.now - archiver.last_failed_at < kRecentUs) {
        Sentence words;
        words.add("Archiving fails");
        if (archiver.last_archived_at != 0) {
            words.add(": nothing was archived for ");
            words.span(facts.now - archiver.last_archived_at);
        }
        findings.warn(3600, words);
    }
}

void judge_commits(const VerdictFacts& facts, Findings& findings) {
    if (facts.sampler == nullptr || facts.sync_standbys_needed == 0) {
        return;
    }
    std::uint32_t there = 0;
    for (std::uint32_t i = 0; i < facts.sampler->sender_count; ++i) {
        const Sender& sender = facts.sampler->senders[i];
        there += sender.sync_priority > 0 && std::strcmp(sender.state.bytes, "streaming") == 0;
    }
    if (there < facts.sync_standbys_needed) {
        findings.bad(8500, Sentence()
                               .add("Commits wait: ")
                               .number(facts.sync_standbys_needed)
                               .add(facts.sync_standbys_needed == 1
                                        ? " synchronous standby is needed, and "
                                        : " synchronous standbys are needed, and ")
                               .number(there)
                               .add(there == 1 ? " is connected" : " are connected"));
    }
}

void judge_sampler(const VerdictFacts& facts, Findings& findings) {
    constexpr TimeUs kOldUs = 60 * kUsPerSecond;
    if (facts.sampled_at == 0) {
        findings.warn(2000, Sentence().add("The sampler has not looked yet"));
    } else if (facts.now - facts.sampled_at > 3 * facts.sample_interval_us + kOldUs) {
        findings.warn(2000,
                      Sentence()
                          .add("The sampler has not looked for ")
                          .span(facts.now - facts.sampled_at)
                          .add(", see the server's log: replication and activity are that old"));
    }
    if (facts.recorder_fails) {
        findings.warn(1200, Sentence().add("History cannot be written"));
    }
}

// After a package was upgraded one of two things is left to do, and people forget either.
void judge_versions(const VerdictFacts& facts, Findings& findings) {
    if (facts.recorder == nullptr || facts.recorder->sql_version.empty()) {
        return;
    }
    const char* sql = facts.recorder->sql_version.bytes;
    Sentence words;
    switch (fit_of(facts.library_version, sql)) {
    case Fit::Same:
    case Fit::CannotBeTold:
        return;
    case Fit::SqlIsOlder:
        words.add("The SQL objects in database ").add(facts.recorder->database.bytes);
        words.add(" are of opsmon ").add(sql).add(", the library is ").add(facts.library_version);
        findings.warn(1100, words.add(": run ALTER EXTENSION opsmon UPDATE there"));
        return;
    case Fit::SqlIsNewer:
        words.add("The server has loaded the library of opsmon ").add(facts.library_version);
        words.add(", the SQL objects in database ").add(facts.recorder->database.bytes);
        findings.warn(1100, words.add(" are of ").add(sql).add(": restart it with that library"));
        return;
    }
}

Verdict well(const VerdictFacts& facts) {
    std::uint32_t active = 0;
    for (std::uint32_t i = 0; i < facts.guard->slot_count; ++i) {
        active += facts.guard->slots[i].active_pid != 0 ? 1 : 0;
    }
    Sentence words;
    words.add("All is well");
    const char* before = ": ";
    if (active > 0) {
        words.add(before).number(active);
        words.add(active == 1 ? " slot has its consumer" : " slots have consumers");
        before = ", ";
    }
    if (facts.stream == Stream::Fine) {
        words.add(before).add("streaming from its upstream");
        before = ", ";
    }
    const Volume& volume = facts.guard->volumes[kWalVolume];
    if (facts.guard->volume_count > kWalVolume && volume.known) {
        words.add(before).add("WAL volume ").size(volume.free_bytes).add(" free");
    }
    return {Severity::Ok, words.text(), {}};
}

} // namespace

const char* name_of(Severity severity) {
    switch (severity) {
    case Severity::Ok:
        return "ok";
    case Severity::Warning:
        return "warning";
    case Severity::Critical:
        return "critical";
    case Severity::Unknown:
        return "unknown";
    }
    return "";
}

Verdict verdict_of(const VerdictFacts& facts) {
    if (facts.guard == nullptr) {
        return {Severity::Unknown, Sentence().add("Nothing is known yet").text(), {}};
    }
    Findings findings;
    judge_guard(facts, findings);
    for (std::uint32_t i = 0; i < facts.guard->volume_count; ++i) {
        judge_volume(facts, i, findings);
    }
    judge_consumers(facts, findings);
    judge_stream(facts, findings);
    judge_replay(facts, findings);
    judge_archiving(facts, findings);
    judge_commits(facts, findings);
    judge_sampler(facts, findings);
    judge_versions(facts, findings);
    return findings.count() > 0 ? findings.verdict() : well(facts);
}

} // namespace opsmon::core
