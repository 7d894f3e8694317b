#pragma once
// This component provides a sum that does not lose small terms (Neumaier's way), where Prometheus
// uses one: results would differ otherwise.

#include <cmath>

namespace opsmon::promql {

struct KahanSum {
    double sum = 0;
    double lost = 0;

    void add(double term) {
        const double next = sum + term;
        lost += std::fabs(sum) >= std::fabs(term) ? (sum - next) + term : (term - next) + sum;
        sum = next;
    }
    [[nodiscard]] double exact() const { return sum + lost; }
    // As an infinite sum has lost NaN.
    [[nodiscard]] double total() const { return std::isinf(sum) ? sum : exact(); }
};

} // namespace opsmon::promql
