#include "promql/eval.hpp"

#include "promql/binary.hpp"
#include "promql/functions.hpp"
#include "promql/position.hpp"

#include <algorithm>
#include <unordered_set>

namespace opsmon::promql {
namespace {

bool has_duplicate_labels(const Vector& vector) {
    std::unordered_set<metrics::Labels, metrics::LabelsHash> seen;
    return std::any_of(vector.begin(), vector.end(),
                       [&](const Sample& sample) { return !seen.insert(sample.labels).second; });
}

class Evaluator {
public:
    Evaluator(const Expression& expression, const history::History& history, TimestampMs at)
        : expression_(expression), history_(history), at_(at) {}

    Result<Value> run(const Expr& expr) {
        auto value = std::visit([this](const auto& node) { return run_node(node); }, expr.node);
        if (!value) {
            return value;
        }
        const auto* vector = std::get_if<Vector>(&*value);
        if (vector != nullptr && vector->size() > kMaxResultSeries) {
            return fault(expr, "more than " + std::to_string(kMaxResultSeries) +
                                   " series; select fewer with label matchers");
        }
        // A stored selector cannot have duplicates; whatever drops a name can.
        if (vector != nullptr && !std::holds_alternative<VectorSelector>(expr.node) &&
            has_duplicate_labels(*vector)) {
            return fault(expr, "vector cannot contain metrics with the same labelset");
        }
        return value;
    }

private:
    [[nodiscard]] Error fault(const Expr& expr, const std::string& what) const {
        return Error{line_and_column(expression_.text(), expr.position) + ": " + what};
    }

    Result<Value> run_node(const NumberLiteral& literal) { return Value{literal.value}; }
    Result<Value> run_node(const StringLiteral& literal) { return Value{literal.value}; }

    Result<Value> run_node(const VectorSelector& selector) {
        const auto matches = [&](const metrics::Labels& labels) {
            return std::all_of(selector.matchers.begin(), selector.matchers.end(),
                               [&](const Matcher& matcher) {
                                   return matcher.matches(labels.get(matcher.name()));
                               });
        };
        Vector out;
        for (const auto& selected : history_.select(selector.metric_name, matches, at_)) {
            out.push_back({*selected.labels, selected.value});
            if (out.size() > kMaxResultSeries) {
                break;
            }
        }
        return Value{std::move(out)};
    }

    Result<Value> run_node(const Negation& negation) {
        auto value = run(*negation.operand);
        if (!value) {
            return value;
        }
        if (auto* scalar = std::get_if<double>(&*value)) {
            return Value{-*scalar};
        }
        for (auto& sample : std::get<Vector>(*value)) {
            sample.value = -sample.value;
            sample.labels.remove(metrics::kMetricName);
        }
        return value;
    }

    Result<Value> run_node(const Binary& binary) {
        auto lhs = run(*binary.lhs);
        if (!lhs) {
            return lhs;
        }
        auto rhs = run(*binary.rhs);
        if (!rhs) {
            return rhs;
        }
        return apply_binary(binary.op, binary.returns_bool, std::move(*lhs), std::move(*rhs));
    }

    Result<Value> run_node(const Call& call) {
        std::vector<Value> args;
        for (const auto& arg : call.args) {
            auto value = run(*arg);
            if (!value) {
                return value;
            }
            args.push_back(std::move(*value));
        }
        return call.function->run({at_, &call}, args);
    }

    const Expression& expression_;
    const history::History& history_;
    TimestampMs at_;
};

} // namespace

Result<Value> evaluate(const Expression& expression, const history::History& history,
                       TimestampMs at) {
    return Evaluator(expression, history, at).run(expression.root());
}

Result<Vector> evaluate_vector(const Expression& expression, const history::History& history,
                               TimestampMs at) {
    auto value = evaluate(expression, history, at);
    if (!value) {
        return value.error();
    }
    if (const auto* scalar = std::get_if<double>(&*value)) {
        return Vector{{metrics::Labels(), *scalar}};
    }
    if (auto* vector = std::get_if<Vector>(&*value)) {
        return std::move(*vector);
    }
    return Error{"rule result is not a vector or scalar"};
}

} // namespace opsmon::promql
