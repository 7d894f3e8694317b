#include "promql/binary.hpp"

#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace opsmon::promql {
namespace {

using metrics::Labels;
using metrics::LabelsHash;

bool compares_true(BinaryOp op, double a, double b) {
    switch (op) {
    case BinaryOp::Equal:
        return a == b;
    case BinaryOp::NotEqual:
        return a != b;
    case BinaryOp::Less:
        return a < b;
    case BinaryOp::LessEqual:
        return a <= b;
    case BinaryOp::Greater:
        return a > b;
    default:
        return a >= b;
    }
}

double arithmetic(BinaryOp op, double a, double b) {
    switch (op) {
    case BinaryOp::Add:
        return a + b;
    case BinaryOp::Sub:
        return a - b;
    case BinaryOp::Mul:
        return a * b;
    case BinaryOp::Div:
        return a / b;
    case BinaryOp::Mod:
        return std::fmod(a, b);
    default:
        return std::pow(a, b);
    }
}

Labels without_name(Labels labels) {
    labels.remove(metrics::kMetricName);
    return labels;
}

// One pair of operands: the value to keep, and whether there is a result at all.
struct Outcome {
    double value = 0;
    bool keep = true;
};

Outcome combine(BinaryOp op, bool returns_bool, double a, double b, double kept_by_filter) {
    if (!is_comparison(op)) {
        return {arithmetic(op, a, b), true};
    }
    const bool holds = compares_true(op, a, b);
    return returns_bool ? Outcome{holds ? 1.0 : 0.0, true} : Outcome{kept_by_filter, holds};
}

bool drops_name(BinaryOp op, bool returns_bool) {
    return !is_comparison(op) || returns_bool;
}

Vector vector_with_scalar(BinaryOp op, bool returns_bool, Vector vector, double scalar,
                          bool scalar_is_left) {
    Vector out;
    for (auto& sample : vector) {
        // A filter keeps the value of the series, on whichever side it stands.
        const auto [value, keep] =
            scalar_is_left ? combine(op, returns_bool, scalar, sample.value, sample.value)
                           : combine(op, returns_bool, sample.value, scalar, sample.value);
        if (!keep) {
            continue;
        }
        sample.value = value;
        if (drops_name(op, returns_bool)) {
            sample.labels.remove(metrics::kMetricName);
        }
        out.push_back(std::move(sample));
    }
    return out;
}

Result<Value> vector_with_vector(BinaryOp op, bool returns_bool, Vector lhs, const Vector& rhs) {
    if (lhs.empty() || rhs.empty()) {
        return Value{Vector{}};
    }
    std::unordered_map<Labels, const Sample*, LabelsHash> right;
    for (const auto& sample : rhs) {
        const auto key = without_name(sample.labels);
        if (const auto [at, fresh] = right.emplace(key, &sample); !fresh) {
            return Error{"found duplicate series for the match group " + key.to_string() +
                         " on the right hand-side of the operation: [" + sample.labels.to_string() +
                         ", " + at->second->labels.to_string() +
                         "];many-to-many matching not allowed: matching labels must be unique on "
                         "one side"};
        }
    }
    std::unordered_set<Labels, LabelsHash> matched;
    Vector out;
    for (auto& sample : lhs) {
        auto key = without_name(sample.labels);
        const auto other = right.find(key);
        if (other == right.end()) {
            continue;
        }
        const auto [value, keep] =
            combine(op, returns_bool, sample.value, other->second->value, sample.value);
        if (!keep) {
            continue;
        }
        if (!matched.insert(key).second) {
            return Error{"multiple matches for labels: many-to-one matching must be explicit "
                         "(group_left/group_right)"};
        }
        out.push_back(
            {drops_name(op, returns_bool) ? std::move(key) : std::move(sample.labels), value});
    }
    return Value{std::move(out)};
}

Vector set_operation(BinaryOp op, Vector lhs, Vector rhs) {
    std::unordered_set<Labels, LabelsHash> keys;
    const auto& keyed = op == BinaryOp::Or ? lhs : rhs;
    for (const auto& sample : keyed) {
        keys.insert(without_name(sample.labels));
    }
    const auto known = [&](const Sample& sample) {
        return keys.contains(without_name(sample.labels));
    };
    if (op == BinaryOp::Or) {
        for (auto& sample : rhs) {
            if (!known(sample)) {
                lhs.push_back(std::move(sample));
            }
        }
    } else {
        std::erase_if(lhs, [&](const Sample& s) { return known(s) != (op == BinaryOp::And); });
    }
    return lhs;
}

} // namespace

Result<Value> apply_binary(BinaryOp op, bool returns_bool, Value lhs, Value rhs) {
    auto* left = std::get_if<Vector>(&lhs);
    auto* right = std::get_if<Vector>(&rhs);
    if (is_set_operator(op)) {
        return Value{set_operation(op, std::move(*left), std::move(*right))};
    }
    if (left != nullptr && right != nullptr) {
        return vector_with_vector(op, returns_bool, std::move(*left), *right);
    }
    if (left != nullptr) {
        return Value{
            vector_with_scalar(op, returns_bool, std::move(*left), std::get<double>(rhs), false)};
    }
    if (right != nullptr) {
        return Value{
            vector_with_scalar(op, returns_bool, std::move(*right), std::get<double>(lhs), true)};
    }
    return Value{combine(op, returns_bool, std::get<double>(lhs), std::get<double>(rhs), 0).value};
}

} // namespace opsmon::promql
