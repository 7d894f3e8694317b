#pragma once
// This component writes the results and errors of queries as the HTTP API of Prometheus does. The
// query command uses it, and whatever serves /api/v1/query. It never fails.

#include "promql/value.hpp"

#include <string>
#include <string_view>

namespace opsmon::promql {

// {"status":"success","data":{"resultType":…,"result":…}}, on one line.
[[nodiscard]] std::string result_json(const Value& value, TimestampMs at);

enum class QueryFault { BadData, Execution };

// {"status":"error","errorType":…,"error":…}
[[nodiscard]] std::string error_json(QueryFault kind, std::string_view message);

// As the API names the parameter that is wrong.
[[nodiscard]] std::string invalid_parameter(std::string_view name, const std::string& message);

} // namespace opsmon::promql
