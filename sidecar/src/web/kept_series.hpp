#pragma once
// This component makes series of what the database keeps for longer than the sidecar's window: it
// knows which metrics those are, and gives them the labels they have today. The query API uses it.
// Pure: no socket, no clock.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "history/history.hpp"
#include "history/read_ahead.hpp"
#include "postgres/kept_history.hpp"

namespace opsmon::web {

using ReadKept =
    std::function<Result<std::vector<postgres::KeptValue>>(const postgres::KeptQuestion&)>;

// The measures behind the metrics that a query reads; none where it reads no such metric.
std::set<int> kept_measures(const history::ReadAhead& asked);

// By measure and name, the labels that the slots and standbys of these names have in the window.
using KeptLabels = std::map<int, std::map<std::string, metrics::Labels>>;
KeptLabels kept_labels(const std::set<int>& measures, const history::Source& window);

history::History kept_series(const std::vector<postgres::KeptValue>& values, KeptLabels labels);

} // namespace opsmon::web
