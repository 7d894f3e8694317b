#pragma once
// This component provides what a PromQL expression evaluates to: a scalar, an instant vector, a
// string or, over a range of time, a matrix. The evaluator makes them; rules, templates and the
// query API read them.

#include "history/source.hpp"
#include "metrics/labels.hpp"

#include <string>
#include <variant>
#include <vector>

namespace opsmon::promql {

struct Sample {
    metrics::Labels labels; // with __name__, where the expression kept it
    double value = 0;
};

struct Series {
    metrics::Labels labels;
    std::vector<history::Point> points; // in the order of time, at least one
};

using Vector = std::vector<Sample>;
using Matrix = std::vector<Series>;
using Value = std::variant<double, Vector, std::string, Matrix>;

enum class ValueType { Scalar, InstantVector, String, RangeVector }; // in the order of Value

inline const char* to_text(ValueType type) {
    switch (type) {
    case ValueType::Scalar:
        return "scalar";
    case ValueType::InstantVector:
        return "instant vector";
    case ValueType::String:
        return "string";
    case ValueType::RangeVector:
        return "range vector";
    }
    return "";
}

} // namespace opsmon::promql
