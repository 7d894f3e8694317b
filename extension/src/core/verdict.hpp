#pragma once
// How things stand, in one sentence, the worst first: what opsmon.status says and, of what both
// know, in the words of the sidecar's page (sidecar/page/src/model/verdict.ts). It judges what the
// workers have published; it reads no clock and decides nothing.

#include "core/sample.hpp"

namespace opsmon::core {

enum class Severity : std::uint8_t { Ok, Warning, Critical, Unknown };

const char* name_of(Severity severity);

enum class Stream : std::uint8_t { NotAStandby, Fine, Silent, Broken };

// Of a consumer's row in opsmon.consumers, what memory forgets at a restart of the server.
enum class Remembered : std::uint8_t { Other, Missing, Vanished, Dropped };
const char* name_of(Remembered state); // as the column has it

enum class Expected : std::uint8_t { NotSaid, Yes, No };

struct RememberedConsumer {
    Text<16> kind;
    Text<256> name;
    Remembered state;
    Expected expected;
    TimeUs state_since; // 0: not known
};

struct VerdictFacts {
    TimeUs now;
    const GuardSample* guard; // null: it has not looked yet
    TimeUs guard_interval_us;
    const SamplerSample* sampler; // null: it has not looked yet
    TimeUs sampled_at;            // by the sampler; 0: never
    TimeUs sample_interval_us;
    bool fenced;
    bool fence_stops_all;
    TimeUs fence_since; // 0: not known
    Stream stream;
    TimeUs silent_us; // since the primary was heard of, of a silent stream
    bool replay_paused;
    bool recorder_fails;
    const char* library_version;
    const RecorderStatus* recorder;       // null: nothing is known of the SQL objects
    std::uint32_t sync_standbys_needed;   // by synchronous_standby_names; 0: nobody waits for any
    bool inventory_locked;                // what is remembered is not known
    const RememberedConsumer* remembered; // by name
    std::uint32_t remembered_count;
};

struct Verdict {
    Severity severity;
    Text<256> words;
    Text<1024> more; // what else there is to say, the worst first; empty when nothing
};

Verdict verdict_of(const VerdictFacts& facts);

} // namespace opsmon::core
