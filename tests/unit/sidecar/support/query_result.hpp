#pragma once
// This component makes a result as libpq would give it, for tests of what reads rows.

#include <string>
#include <vector>

#include "postgres/connection.hpp"

namespace opsmon::test {

using Row = std::vector<const char*>; // null: NULL

inline postgres::ResultPtr result_of(const std::vector<Row>& rows, std::size_t columns) {
    PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    std::vector<PGresAttDesc> attributes(columns);
    for (PGresAttDesc& attribute : attributes) {
        attribute.name = const_cast<char*>("column");
    }
    PQsetResultAttrs(result, static_cast<int>(columns), attributes.data());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            const char* value = rows[row][column];
            PQsetvalue(result, static_cast<int>(row), static_cast<int>(column),
                       const_cast<char*>(value),
                       value == nullptr ? -1 : static_cast<int>(std::string(value).size()));
        }
    }
    return postgres::ResultPtr(result);
}

} // namespace opsmon::test
