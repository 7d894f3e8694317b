#pragma once
// This component remembers which series a rule wrote at its last evaluation, so that those it no
// longer writes end with a stale marker at once. The engine has one for each rule.

#include "metrics/labels.hpp"

#include <set>
#include <vector>

namespace opsmon::rules {

class WrittenSeries {
public:
    // What is to be written now: the points, and the end of what is not among them any more.
    [[nodiscard]] std::vector<metrics::SeriesPoint> next(std::vector<metrics::SeriesPoint> points);

private:
    std::set<metrics::Labels> written_;
};

} // namespace opsmon::rules
