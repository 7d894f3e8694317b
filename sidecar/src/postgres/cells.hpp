#pragma once
// This component reads one row of a result cell by cell, from left to right, in the order of the
// SELECT beside it. queries.cpp uses it. A cell that is not what it should be is remembered as an
// error and read as nothing.

#include <string>

#include <libpq-fe.h>

#include "postgres/rows.hpp"

namespace opsmon::postgres {

class Cells {
public:
    Cells(const PGresult* result, int row) : result_(result), row_(row) {}

    Text text();
    std::string text_or_empty() { return text().value_or(""); }
    Number number();
    double needed_number();
    bool needed_bool();

    // Empty when every cell was as expected and all of them were read.
    [[nodiscard]] std::string problem() const;

private:
    void note(const std::string& what);

    const PGresult* result_;
    int row_;
    int column_ = 0;
    std::string problem_;
};

} // namespace opsmon::postgres
