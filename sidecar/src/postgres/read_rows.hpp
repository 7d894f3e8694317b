#pragma once
// This component reads the rows of one result of an answer, each by a function that reads one row.
// The queries use it. It knows no view.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "postgres/cells.hpp"
#include "postgres/connection.hpp"

namespace opsmon::postgres {

// As many slots as the extension keeps: what it leaves out it counts, what is left out here nobody.
inline constexpr std::size_t kMaxRows = 1024;

template <typename Row>
Result<std::vector<Row>> read_rows(const Answer& answer, std::size_t index, const char* view,
                                   Row (*read_row)(Cells&), std::size_t rows_max = kMaxRows) {
    if (answer.results.size() <= index) {
        return Error{answer.error.empty() ? std::string("no answer for ") + view : answer.error};
    }
    const PGresult* result = answer.results[index].get();
    std::vector<Row> rows;
    const auto count = std::min(static_cast<std::size_t>(PQntuples(result)), rows_max);
    for (std::size_t i = 0; i < count; ++i) {
        Cells cells(result, static_cast<int>(i));
        rows.push_back(read_row(cells));
        if (const std::string problem = cells.problem(); !problem.empty()) {
            return Error{std::string("unexpected answer for ") + view + ": " + problem};
        }
    }
    return rows;
}

// Moves the rows to `target`; the first failure of a cycle stays in `failed`.
template <typename Row>
void take_rows(std::vector<Row>& target, Result<std::vector<Row>> rows, Result<void>& failed) {
    if (rows) {
        target = std::move(*rows);
    } else if (failed) {
        failed = rows.error();
    }
}

} // namespace opsmon::postgres
