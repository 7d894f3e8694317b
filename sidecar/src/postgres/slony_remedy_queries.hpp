#pragma once
// This component holds the SQL of the remedy and reads what it answers. SlonyRemedyDatabase sends
// it. Texts that come into it are quoted already, by PostgreSQL's own quoting.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "postgres/connection.hpp"
#include "postgres/slony_remedy_rows.hpp"

namespace opsmon::postgres {

// Whether the functions are there, are a superuser's, and may be called for this cluster.
std::string remedy_installed_sql(const std::string& cluster_literal);
Result<bool> read_remedy_installed(const Answer& answer);

std::string remedy_sql(const std::string& cluster_literal, const std::vector<int>& nodes,
                       const std::string& silence_literal);
Result<SlonyRemedyRows> read_remedy(const Answer& answer);

Result<DropRow> read_drop(const Answer& answer, std::size_t index);

const std::string& remedy_server_sql();
Result<RemedyServerRows> read_remedy_server_rows(const Answer& answer);

} // namespace opsmon::postgres
