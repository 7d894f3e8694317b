#pragma once
// This component provides quantiles as Prometheus computes them: of values, and of the buckets of a
// classic histogram. The evaluator uses it.

#include <vector>

namespace opsmon::promql {

// Orders `values`; NaN counts as the smallest.
[[nodiscard]] double quantile(double q, std::vector<double>& values);

struct Bucket {
    double upper_bound = 0;
    double count = 0; // cumulative
};

// Orders and mends `buckets`.
[[nodiscard]] double bucket_quantile(double q, std::vector<Bucket>& buckets);

} // namespace opsmon::promql
