#pragma once
// This component provides what Prometheus' API is answered from. The application fills it, the
// routes use it.

#include <functional>
#include <vector>

#include "rules/rules_view.hpp"
#include "web/prometheus_query.hpp"

namespace opsmon::web {

struct QuerySources {
    ReadSource read;
    ReadKept kept; // null: nothing is kept for longer
    std::function<std::vector<rules::GroupView>()> rules;
};

} // namespace opsmon::web
