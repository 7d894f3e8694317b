#pragma once
// This component provides `Session`: the one lasting connection to the server, opened when needed,
// closed when it misbehaves, tried again with growing pauses. The collector asks it once per cycle.
// It judges no row.

#include <optional>
#include <string>

#include "config/config.hpp"
#include "postgres/backoff.hpp"
#include "postgres/connection.hpp"
#include "postgres/queries.hpp"

namespace opsmon::postgres {

class Session {
public:
    explicit Session(config::Postgres settings) : settings_(std::move(settings)) {}

    // One cycle's answer. An error means that the server did not answer at all. A connection that
    // was lost since the last cycle (a restart) is replaced within this one.
    Result<Answer> ask(SteadyTime deadline, const StopSignal& stop);

private:
    Result<Answer> run_cycle(SteadyTime deadline, const StopSignal& stop);
    Result<void> connect(SteadyTime deadline, const StopSignal& stop);

    config::Postgres settings_;
    std::optional<Connection> connection_;
    Backoff backoff_;
    Error last_failure_;
};

} // namespace opsmon::postgres
