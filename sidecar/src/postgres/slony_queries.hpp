#pragma once
// This component holds the SQL that reads one Slony-I cluster, and makes rows of its results.
// SlonyDatabase sends it. It reads no row of a change: sl_log is probed through its index, never
// counted, and never for long, because Slony-I truncates it only while nobody looks.

#include <string>

#include "base/result.hpp"
#include "postgres/connection.hpp"
#include "postgres/slony_rows.hpp"

namespace opsmon::postgres {

inline constexpr std::size_t kMaxSlonyNodes = 80; // of one cluster

// The cluster's schema as PostgreSQL quotes it: as an identifier and as a text.
struct QuotedSchema {
    std::string identifier;
    std::string literal;
};

std::string slony_sql(const QuotedSchema& schema);

// `found` is what discovery said of the cluster.
Result<SlonyRows> read_slony(const Answer& answer, const SlonyClusterRow& found);

} // namespace opsmon::postgres
