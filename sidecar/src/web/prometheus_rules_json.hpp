#pragma once
// This component writes rules, alerts and what is known of metrics as Prometheus' HTTP API does.
// The web server uses it. An alert whose source is silent says so in a key of its own, "noData".

#include "rules/rules_view.hpp"
#include "web/prometheus_parameters.hpp"
#include "web/prometheus_query.hpp"

#include <vector>

namespace opsmon::web {

[[nodiscard]] ApiAnswer answer_rules(const Parameters& parameters,
                                     const std::vector<rules::GroupView>& groups);
[[nodiscard]] ApiAnswer answer_alerts(const std::vector<rules::GroupView>& groups);

// Of the metrics that this sidecar can expose.
[[nodiscard]] ApiAnswer answer_metadata(const Parameters& parameters);
[[nodiscard]] ApiAnswer answer_build_info();

} // namespace opsmon::web
