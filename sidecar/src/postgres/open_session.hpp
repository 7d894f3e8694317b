#pragma once
// This component opens connections to PostgreSQL as the settings say, with the limits of a session
// in force. The collector's session and the long-term history use it.

#include <string>

#include "config/config.hpp"
#include "postgres/connection.hpp"

namespace opsmon::postgres {

Result<Connection> open_session(const config::Postgres& settings, SteadyTime deadline,
                                const StopSignal& stop);

// The same with another database than the settings name.
Result<Connection> open_session_in(const std::string& database, const config::Postgres& settings,
                                   SteadyTime deadline, const StopSignal& stop);

} // namespace opsmon::postgres
