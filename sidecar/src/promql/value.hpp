#pragma once
// This component provides what a PromQL expression evaluates to: a scalar, an instant vector or a
// string. The evaluator makes them; rules and templates read them.

#include "metrics/labels.hpp"

#include <string>
#include <variant>
#include <vector>

namespace opsmon::promql {

struct Sample {
    metrics::Labels labels; // with __name__, where the expression kept it
    double value = 0;
};

using Vector = std::vector<Sample>;
using Value = std::variant<double, Vector, std::string>;

enum class ValueType { Scalar, InstantVector, String }; // in the order of Value

inline const char* to_text(ValueType type) {
    switch (type) {
    case ValueType::Scalar:
        return "scalar";
    case ValueType::InstantVector:
        return "instant vector";
    case ValueType::String:
        return "string";
    }
    return "";
}

} // namespace opsmon::promql
