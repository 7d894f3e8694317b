#pragma once
// This component holds the SQL of the sidecar, and reads its results into rows. The session sends
// it. It selects only from what the extension owns and from pg_catalog, and every statement has a
// LIMIT.

#include <string>

#include "base/result.hpp"
#include "postgres/connection.hpp"
#include "postgres/rows.hpp"

namespace opsmon::postgres {

struct SessionLimits {
    std::chrono::milliseconds statement_timeout;
    std::chrono::milliseconds lock_timeout;
};

// Sent once on a new connection.
std::string session_sql(const SessionLimits& limits);

// What one cycle reads: first the server itself, and whether the schema opsmon is the extension's.
// Only then its views: without the extension anybody who may create a schema could put views of his
// own there, whose functions would run with the sidecar's rights.
const std::string& server_sql();
const std::string& extension_sql();

Result<ServerRow> read_server(const Answer& answer);
Result<ExtensionRows> read_extension(const Answer& answer);

} // namespace opsmon::postgres
