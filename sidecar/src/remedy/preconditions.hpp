#pragma once
// This component decides whether a dead node of Slony-I is dropped: facts in, decision out, with
// every reason that speaks against it. Each reason alone prevents the drop. The source calls it.
// Pure: a dry run takes the same road, and only the verdict differs.

#include "config/config.hpp"
#include "remedy/facts.hpp"

namespace opsmon::remedy {

// How long a view of a cluster counts, and what is asked of the nodes beside the dead one.
inline constexpr double kViewAgeMaxSeconds = 60;
inline constexpr double kOthersLagMaxSeconds = 120;
inline constexpr double kLocalSilenceMaxSeconds = 60;
inline constexpr double kVolumeAgeMaxSeconds = 60;
inline constexpr double kPressingRung = 3; // of the guard: evict

Decision decide(const config::SlonyRemedy& settings, const Facts& facts);

// Whether it is worth asking the node, and the database about it: it has said nothing for a minute,
// or for as long as the settings ask for, and its slon is not connected.
bool is_silent(const config::SlonyRemedy& settings, const postgres::SlonyNodeRow& node);
inline constexpr std::size_t kSilentNodesMax = 8; // that are looked at closely

// "1 h 5 min", "12 s": for people.
std::string readable_seconds(double seconds);
// "212.8 MB".
std::string readable_bytes(double bytes);

} // namespace opsmon::remedy
