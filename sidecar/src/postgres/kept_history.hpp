#pragma once
// This component reads what the extension keeps for longer than the sidecar's own window, from the
// history tables. The query API asks it, seldom: each question has a connection of its own, one at
// a time, and an end. It knows no metric: a measure is a number of opsmon.history_measures.

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "postgres/connection.hpp"

namespace opsmon::postgres {

// One value of each series for each step: the latest that is not older than a step (a minute at
// least), at start, start + step … end.
struct KeptQuestion {
    std::set<int> measures;
    TimestampMs start = 0;
    TimestampMs end = 0;
    TimestampMs step_ms = 0;
};

struct KeptValue {
    TimestampMs at = 0;
    int measure = 0;
    std::string name; // of the slot, volume, consumer or state
    double value = 0;
};

inline constexpr std::size_t kMaxKeptValues = 300'000;

// Pure; what KeptHistory sends.
std::string kept_sql(const KeptQuestion& question);

class KeptHistory {
public:
    void replace_settings(std::optional<config::Postgres> settings);

    // In the order of time; nothing where there is no database or no extension. After a failure
    // nobody is asked for a while: those who look at a page must not all wait for a dead server.
    Result<std::vector<KeptValue>> read(const KeptQuestion& question);

private:
    Result<std::vector<KeptValue>> ask(const config::Postgres& settings,
                                       const KeptQuestion& question, SteadyTime deadline);

    std::mutex settings_mutex_;
    std::optional<config::Postgres> settings_;
    std::timed_mutex one_at_a_time_;
    std::optional<Error> failure_; // under the turn, as is what follows
    SteadyTime failed_at_;
};

} // namespace opsmon::postgres
