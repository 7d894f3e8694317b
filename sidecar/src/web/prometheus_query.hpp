#pragma once
// This component answers the query part of Prometheus' HTTP API: query, query_range, series, labels
// and label values, with the same JSON and the same refusals. The web server asks it about the
// history, the query command about a file. It has the source only while it reads, never while it
// evaluates. No socket, no clock.

#include "history/source.hpp"
#include "promql/limits.hpp"
#include "web/kept_series.hpp"
#include "web/prometheus_parameters.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace opsmon::web {

struct ApiAnswer {
    int status = 200;
    std::string body;

    [[nodiscard]] bool ok() const { return status == 200; }
};

// {"status":"success","data":…}; `data` is JSON.
[[nodiscard]] ApiAnswer api_success(std::string_view data);
// {"status":"error","errorType":…,"error":…}, with the status that belongs to the type.
[[nodiscard]] ApiAnswer api_error(std::string_view type, std::string_view message);

// Calls what it is given with the source, held still meanwhile.
using ReadSource = std::function<void(const std::function<void(const history::Source&)>&)>;

// `now` is the moment of a query that names none. `kept`, where it is given, is asked for what is
// older than the source's window; where it fails, the answer has a warning.
[[nodiscard]] ApiAnswer answer_query(const Parameters& parameters, const ReadSource& read,
                                     TimestampMs now, const promql::Limits& limits,
                                     const ReadKept& kept = {});
[[nodiscard]] ApiAnswer answer_query_range(const Parameters& parameters, const ReadSource& read,
                                           const promql::Limits& limits, const ReadKept& kept = {});

[[nodiscard]] ApiAnswer answer_series(const Parameters& parameters, const ReadSource& read,
                                      const promql::Limits& limits);
[[nodiscard]] ApiAnswer answer_labels(const Parameters& parameters, const ReadSource& read);
[[nodiscard]] ApiAnswer answer_label_values(const std::string& name, const Parameters& parameters,
                                            const ReadSource& read);

} // namespace opsmon::web
