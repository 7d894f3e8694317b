#pragma once
// This component decides what is to be done after a node was dropped: steps of Slony-I's clean-up,
// one at a time, here and on the nodes that forward, until the logs have fallen or enough was
// tried. The source takes the steps. Pure; what it remembers survives a restart as text, and the
// ledger in the database says which drop it is about.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "postgres/slony_remedy_rows.hpp"

namespace opsmon::remedy {

inline constexpr unsigned kStepsMax = 60;
inline constexpr TimestampMs kStepPauseMs = 1000;
inline constexpr double kSmallBytes = 1024 * 1024;
inline constexpr double kResumeSecondsMax = 3600; // an older drop is nobody's business any more

// One place whose logs are to fall: first this node, then each that forwards.
struct Place {
    unsigned steps = 0;
    std::optional<double> first_bytes;
    std::optional<double> bytes;
    std::string problem; // of the last step
    friend bool operator==(const Place&, const Place&) = default;
};

struct CleanUp {
    long long drop = 0; // its number in the ledger
    int node = 0;
    std::optional<double> before_bytes;
    TimestampMs last_step_at = 0;
    std::vector<Place> places;
    friend bool operator==(const CleanUp&, const CleanUp&) = default;
};

struct Step {
    enum class Kind { Wait, Clean, Finish };
    Kind kind = Kind::Wait;
    std::size_t place = 0; // of Clean
    bool fell = false;     // of Finish: the logs here did
};

// What is left to do for the last drop: what `kept` knows, when it is about the same one.
std::optional<CleanUp> resume(const std::optional<postgres::LastDropRow>& last,
                              std::optional<CleanUp> kept, std::size_t forwarders);
Step next_step(const CleanUp& clean_up, TimestampMs now);
void note_step(CleanUp& clean_up, std::size_t place, TimestampMs now, std::optional<double> bytes,
               std::string problem);

// For people: "sl_log fell from 212.8 MB to 0.3 MB in 24 steps".
std::string describe(const CleanUp& clean_up);

std::string to_json(const CleanUp& clean_up);
std::optional<CleanUp> clean_up_from_json(std::string_view text);

} // namespace opsmon::remedy
