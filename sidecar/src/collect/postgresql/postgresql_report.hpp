#pragma once
// This component decides which metrics PostgreSQL's rows become: the reports of the collectors
// `postgresql`, `postgresql_guard`, `postgresql_sampler` and `postgresql_consumers`. The source in
// postgresql.hpp calls it.
// Pure: no connection, no clock.

#include "collect/source.hpp"
#include "collect/postgresql/standby_identity.hpp"
#include "postgres/rows.hpp"

namespace opsmon::collect {

// What a worker sensed is stale when its age is unknown or over 15 s and three of its intervals.
// Returns why, empty when it is fresh.
std::string staleness(const char* worker, const postgres::WorkerFacts& facts);

// The server answered; `extension` is null, and `extension_error` says why, when its views did not.
CollectorReport report_server(const postgres::ServerRow& server,
                              const postgres::ExtensionRows* extension,
                              const std::string& extension_error);
CollectorReport report_guard(const postgres::ServerRow& server,
                             const postgres::ExtensionRows& extension);
CollectorReport report_sampler(const postgres::ExtensionRows& extension, StandbyIdentity& identity);

CollectorReport report_consumers(const postgres::ExtensionRows& extension);

// A report that only says that there is nothing to report, and why.
CollectorReport report_failure(const std::string& collector, const std::string& error);

} // namespace opsmon::collect
