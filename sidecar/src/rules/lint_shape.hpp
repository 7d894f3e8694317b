#pragma once
// This component works out what an expression can give at all, without looking at any series: which
// labels its series have, between which values they lie, in which unit. On the way it finds what
// can never be true. The lint of rules uses it. It judges only what it is sure of: what it does not
// know it lets pass.

#include "metrics/labels.hpp"
#include "promql/ast.hpp"
#include "rules/lint_metrics.hpp"

#include <functional>
#include <limits>
#include <map>
#include <string>

namespace opsmon::rules {

struct Shape {
    bool vector = false;
    bool open = true; // there may be labels besides those below
    struct Label {
        bool always = false; // never empty
        std::string value;   // the only one there can be; "" where not known
    };
    std::map<std::string, Label> labels;
    bool aggregated = false; // by() has left only these, of instance and job too

    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();

    std::string unit;
    bool per_second = false;
    bool raw_counter = false;
    bool of_network = false;
    std::string from; // the metric it comes from, where that is one
};

inline void drop_name(Shape& shape) {
    shape.labels.erase(std::string(metrics::kMetricName));
}

// What was found: what is wrong, why it can never fire, what to write instead.
using Complain = std::function<void(const std::string& what, const std::string& why,
                                    const std::string& instead)>;

[[nodiscard]] Shape shape_of(const promql::Expr& expr, const KnownMetrics& known,
                             const Complain& complain);

} // namespace opsmon::rules
