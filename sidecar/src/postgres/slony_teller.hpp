#pragma once
// This component tells the extension of Slony-I: each view of the clusters that is news, and once a
// minute that there is none, over a connection of its own. What reads Slony-I calls it. A standby,
// a database without the extension or with an older one is not told, and that is no failure.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "postgres/backoff.hpp"
#include "postgres/connection.hpp"
#include "postgres/slony_inventory.hpp"

namespace opsmon::postgres {

class SlonyTeller {
public:
    explicit SlonyTeller(config::Postgres settings) : settings_(std::move(settings)) {}

    // All clusters that could be read: one that is missing counts as not told of.
    Result<void> tell(const std::vector<SlonyRows>& clusters,
                      const std::vector<SlonyDeedRow>& deeds, SteadyTime deadline,
                      const StopSignal& stop);

private:
    Result<void> tell_now(const std::string& nodes, const std::string& deeds, SteadyTime deadline,
                          const StopSignal& stop);
    Result<bool> can_be_told(SteadyTime deadline, const StopSignal& stop);
    Result<Answer> ask_server(SteadyTime deadline, const StopSignal& stop);

    config::Postgres settings_;
    std::optional<Connection> connection_;
    std::optional<SlonyTold> told_;
    Backoff backoff_;
    Error last_failure_;
};

} // namespace opsmon::postgres
