#include "postgres/cells.hpp"

#include "base/text.hpp"

namespace opsmon::postgres {

Text Cells::text() {
    const int column = column_++;
    if (column >= PQnfields(result_)) {
        note("is missing");
        return std::nullopt;
    }
    if (PQgetisnull(result_, row_, column) != 0) {
        return std::nullopt;
    }
    return std::string(PQgetvalue(result_, row_, column),
                       static_cast<std::size_t>(PQgetlength(result_, row_, column)));
}

Number Cells::number() {
    const Text cell = text();
    if (!cell) {
        return std::nullopt;
    }
    const Number number = parse_number(*cell);
    // An interval may be infinite from PostgreSQL 17 on: as unknown as NULL.
    if (!number && *cell != "NaN" && *cell != "Infinity" && *cell != "-Infinity") {
        note("is not a number");
    }
    return number;
}

double Cells::needed_number() {
    const Number cell = number();
    if (!cell) {
        note("is NULL");
    }
    return cell.value_or(0);
}

bool Cells::needed_bool() {
    const Text cell = text();
    if (cell != "t" && cell != "f") {
        note("is not a boolean");
    }
    return cell == "t";
}

std::string Cells::problem() const {
    if (problem_.empty() && column_ != PQnfields(result_)) {
        return "a row has " + std::to_string(PQnfields(result_)) + " columns instead of " +
               std::to_string(column_);
    }
    return problem_;
}

void Cells::note(const std::string& what) {
    if (problem_.empty()) {
        const char* name = PQfname(result_, column_ - 1);
        problem_ = "column " + std::string(name == nullptr ? "?" : name) + ' ' + what;
    }
}

} // namespace opsmon::postgres
