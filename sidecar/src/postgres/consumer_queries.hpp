#pragma once
// This component holds the part of the SQL that asks for the inventory of consumers. It stands last
// in the answer, because it alone reads a table: one that somebody holds locked costs these rows
// and no others. queries.cpp sends and reads it with the rest.

#include <string>

#include "postgres/connection.hpp"
#include "postgres/rows.hpp"

namespace opsmon::postgres {

const std::string& consumer_sql();

// The results of consumer_sql() begin at `first` in the answer; why there are none is in the rows.
ConsumerRows read_consumer_rows(const Answer& answer, std::size_t first);

} // namespace opsmon::postgres
