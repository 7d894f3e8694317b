#pragma once
// This component holds the SQL that finds Slony-I clusters: which databases there are, and which
// clusters one of them has. SlonyDatabase sends it, seldom. It believes a schema only for a
// function written in C of slony1_funcs, which nobody but a superuser can make there.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "postgres/connection.hpp"
#include "postgres/slony_rows.hpp"

namespace opsmon::postgres {

inline constexpr std::size_t kMaxSlonyDatabases = 100;
inline constexpr std::size_t kMaxSlonyClusters = 20;

struct SlonyDatabaseRow {
    std::string database;
    double slon_backends = 0; // sessions that call themselves slon's
    double databases = 0;     // of the server, shown or not
};

// Of the whole server: each database that lets anybody connect; those with slon's sessions first.
const std::string& slony_databases_sql();
Result<std::vector<SlonyDatabaseRow>> read_slony_databases(const Answer& answer);

// Of the database one is connected to.
const std::string& slony_clusters_sql();
Result<std::vector<SlonyClusterRow>> read_slony_clusters(const Answer& answer);

} // namespace opsmon::postgres
