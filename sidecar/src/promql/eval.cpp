#include "promql/eval.hpp"

#include "promql/plan.hpp"

#include <algorithm>

namespace opsmon::promql {
namespace {

Error too_many_series(const Limits& limits) {
    return Error{"the result has more than " + std::to_string(limits.series_max) +
                 " series; select fewer with label matchers"};
}

// 11,000
std::string with_commas(std::size_t number) {
    auto out = std::to_string(number);
    for (std::size_t at = out.size(); at > 3; at -= 3) {
        out.insert(at - 3, ",");
    }
    return out;
}

// A result that is itself a range: the samples as they are.
Result<Value> evaluate_windows(Run& run, Planner& planner, const Expr& expr, TimestampMs at) {
    auto windows = planner.windows(expr, {at, at, 1});
    if (!windows) {
        return Error{run.fault()};
    }
    windows->move_to(at);
    Matrix out;
    for (std::size_t i = 0; i < windows->size(); ++i) {
        const auto points = windows->points(i);
        if (!points.empty()) {
            out.push_back({run.labels()[windows->labels(i)], {points.begin(), points.end()}});
        }
    }
    if (out.size() > run.limits().series_max) {
        return too_many_series(run.limits());
    }
    return Value{std::move(out)};
}

} // namespace

Result<Value> evaluate(const Expression& expression, const history::Source& source, TimestampMs at,
                       const Limits& limits) {
    const auto& root = expression.root();
    if (const auto* text = std::get_if<StringLiteral>(&root.node)) {
        return Value{text->value};
    }
    Run run(source, limits);
    Planner planner(run, at, at);
    if (root.type == ValueType::RangeVector) {
        return evaluate_windows(run, planner, root, at);
    }
    const auto node = planner.plan(root, {at, at, 1});
    Frame frame;
    if (node == nullptr || !node->eval(at, frame)) {
        return Error{run.fault()};
    }
    if (root.type == ValueType::Scalar) {
        return Value{frame.front().value};
    }
    if (frame.size() > limits.series_max) {
        return too_many_series(limits);
    }
    Vector out;
    out.reserve(frame.size());
    for (const auto& item : frame) {
        out.push_back({run.labels()[item.labels], item.value});
    }
    return Value{std::move(out)};
}

Result<Vector> evaluate_vector(const Expression& expression, const history::Source& source,
                               TimestampMs at, const Limits& limits) {
    auto value = evaluate(expression, source, at, limits);
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

Result<void> check_range(const RangeOfTime& range, const Limits& limits) {
    if (range.end < range.start) {
        return Error{"end timestamp must not be before start time"};
    }
    if (range.step_ms <= 0) {
        return Error{"zero or negative query resolution step widths are not accepted. Try a "
                     "positive integer"};
    }
    if (static_cast<std::uint64_t>((range.end - range.start) / range.step_ms) >
        limits.points_per_series_max) {
        return Error{"exceeded maximum resolution of " + with_commas(limits.points_per_series_max) +
                     " points per timeseries. Try decreasing the query resolution (?step=XX)"};
    }
    return {};
}

Result<void> check_range_type(const Expression& expression) {
    const auto type = expression.type();
    if (type == ValueType::Scalar || type == ValueType::InstantVector) {
        return {};
    }
    return Error{std::string("invalid expression type \"") + to_text(type) +
                 "\" for range query, must be Scalar or instant Vector"};
}

Result<void> rehearse(const Expression& expression, const history::Source& source,
                      const RangeOfTime& range, const Limits& limits) {
    const auto& root = expression.root();
    if (root.type == ValueType::String) {
        return {};
    }
    Run run(source, limits, true);
    Planner planner(run, range.start, range.end);
    const Steps steps{range.start, range.end, range.step_ms};
    const bool planned = root.type == ValueType::RangeVector
                             ? planner.windows(root, steps).has_value()
                             : planner.plan(root, steps) != nullptr;
    return planned ? Result<void>() : Result<void>(Error{run.fault()});
}

Result<Matrix> evaluate_range(const Expression& expression, const history::Source& source,
                              const RangeOfTime& range, const Limits& limits) {
    for (const auto& checked : {check_range(range, limits), check_range_type(expression)}) {
        if (!checked) {
            return checked.error();
        }
    }
    Run run(source, limits);
    const auto node = Planner(run, range.start, range.end)
                          .plan(expression.root(), {range.start, range.end, range.step_ms});
    if (node == nullptr) {
        return Error{run.fault()};
    }
    Matrix out;
    std::vector<std::size_t> places; // by the number of the labels: where in `out`, from 1
    Frame frame;
    for (auto at = range.start; at <= range.end; at += range.step_ms) {
        if (!node->eval(at, frame) || !run.load_samples(frame.size())) {
            return Error{run.fault()};
        }
        for (const auto& item : frame) {
            const auto id = run.labels().canonical(item.labels);
            places.resize(std::max<std::size_t>(places.size(), id + 1));
            if (places[id] == 0) {
                out.push_back({run.labels()[id], {}});
                places[id] = out.size();
            }
            out[places[id] - 1].points.push_back({at, item.value});
        }
        if (out.size() > limits.series_max) {
            return too_many_series(limits);
        }
    }
    std::sort(out.begin(), out.end(),
              [](const Series& a, const Series& b) { return a.labels < b.labels; });
    return out;
}

} // namespace opsmon::promql
