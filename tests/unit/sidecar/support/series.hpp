#pragma once
// This component provides short ways to write series, histories and labels in tests. A series is
// written as PromQL writes its selector: m{a="1"}.

#include "history/history.hpp"
#include "promql/expression.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace opsmon::test {

inline metrics::Labels labels(const std::string& series) {
    const auto expression = promql::parse(series);
    if (!expression) {
        throw std::invalid_argument(series + ": " + expression.error().message);
    }
    metrics::Labels out;
    for (const auto& matcher : std::get<promql::VectorSelector>(expression->root().node).matchers) {
        out.set(matcher.name(), matcher.value());
    }
    return out;
}

using SeriesList = std::vector<std::pair<std::string, double>>;

inline std::vector<metrics::SeriesPoint> points(const SeriesList& list) {
    std::vector<metrics::SeriesPoint> out;
    for (const auto& [series, value] : list) {
        out.push_back({labels(series), value});
    }
    return out;
}

} // namespace opsmon::test
