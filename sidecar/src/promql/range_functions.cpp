#include "promql/range_functions.hpp"

#include "promql/kahan.hpp"
#include "promql/quantile.hpp"

#include <cmath>
#include <limits>
#include <unordered_map>
#include <vector>

namespace opsmon::promql {
namespace {

using history::Point;
using Answer = std::optional<double>;

double seconds(TimestampMs from, TimestampMs to) {
    return static_cast<double>(to - from) / 1000;
}

// How far the samples stand for the range around them: to its edges where another sample may be
// expected just outside, else half a step; and never below the zero of a counter.
double extrapolated(const Window& window, bool is_counter, double increase) {
    const auto& first = window.points.front();
    const auto& last = window.points.back();
    double to_start = seconds(window.start, first.at);
    const double to_end = seconds(last.at, window.end);
    const double sampled = seconds(first.at, last.at);
    const double step = sampled / static_cast<double>(window.points.size() - 1);
    if (is_counter && increase > 0 && first.value >= 0) {
        const double to_zero = sampled * (first.value / increase);
        to_start = to_zero < to_start ? to_zero : to_start;
    }
    const double threshold = step * 1.1;
    double interval = sampled;
    interval += to_start < threshold ? to_start : step / 2;
    interval += to_end < threshold ? to_end : step / 2;
    return interval / sampled;
}

template <bool IsCounter, bool IsRate>
Answer change(const Window& window, std::string&) {
    const auto points = window.points;
    if (points.size() < 2) {
        return std::nullopt;
    }
    double result = points.back().value - points.front().value;
    if (IsCounter) {
        double previous = points.front().value;
        for (const auto& point : points.subspan(1)) {
            if (point.value < previous) {
                result += previous;
            }
            previous = point.value;
        }
    }
    double factor = extrapolated(window, IsCounter, result);
    if (IsRate) {
        factor /= seconds(window.start, window.end);
    }
    return result * factor;
}

template <bool IsRate>
Answer last_change(const Window& window, std::string&) {
    const auto count = window.points.size();
    if (count < 2) {
        return std::nullopt;
    }
    const auto& last = window.points[count - 1];
    const auto& before = window.points[count - 2];
    if (!IsRate) {
        return last.value - before.value;
    }
    const double grown = last.value < before.value ? last.value : last.value - before.value;
    return grown / seconds(before.at, last.at);
}

Answer resets(const Window& window, std::string&) {
    int count = 0;
    for (std::size_t i = 1; i < window.points.size(); ++i) {
        count += window.points[i].value < window.points[i - 1].value ? 1 : 0;
    }
    return count;
}

Answer changes(const Window& window, std::string&) {
    int count = 0;
    for (std::size_t i = 1; i < window.points.size(); ++i) {
        const double now = window.points[i].value;
        const double before = window.points[i - 1].value;
        count += now != before && !(std::isnan(now) && std::isnan(before)) ? 1 : 0;
    }
    return count;
}

Answer average(const Window& window, std::string&) {
    KahanSum mean;
    double count = 0;
    for (const auto& point : window.points) {
        const double value = point.value;
        ++count;
        // An infinite mean stays as it is unless the other infinity, or NaN, comes along.
        if (std::isinf(mean.sum) && ((std::isinf(value) && (mean.sum > 0) == (value > 0)) ||
                                     (!std::isinf(value) && !std::isnan(value)))) {
            continue;
        }
        mean.add(value / count - mean.sum / count);
    }
    return mean.total();
}

Answer sum(const Window& window, std::string&) {
    KahanSum out;
    for (const auto& point : window.points) {
        out.add(point.value);
    }
    return out.total();
}

template <bool IsMax>
Answer extreme(const Window& window, std::string&) {
    const auto& points = window.points;
    // A NaN only stands where there is nothing else; behind the first number the loop is simple.
    std::size_t at = 0;
    while (at + 1 < points.size() && std::isnan(points[at].value)) {
        ++at;
    }
    double best = points[at].value;
    for (; at < points.size(); ++at) {
        const double value = points[at].value;
        best = (IsMax ? value > best : value < best) ? value : best;
    }
    return best;
}

double variance_of(const Window& window) {
    double count = 0;
    KahanSum mean;
    KahanSum squares;
    for (const auto& point : window.points) {
        ++count;
        const double delta = point.value - mean.exact();
        mean.add(delta / count);
        squares.add(delta * (point.value - mean.exact()));
    }
    return squares.exact() / count;
}

Answer quantile_over_time(const Window& window, std::string&) {
    std::vector<double> values;
    values.reserve(window.points.size());
    for (const auto& point : window.points) {
        values.push_back(point.value);
    }
    return quantile(window.scalars[0], values);
}

struct Line {
    double slope = 0;
    double intercept = 0;
};

// Least squares, with x in seconds after `origin`.
Line regression(std::span<const Point> points, TimestampMs origin) {
    KahanSum sum_x;
    KahanSum sum_y;
    KahanSum sum_xy;
    KahanSum sum_x2;
    const double first = points.front().value;
    bool constant = true;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double y = points[i].value;
        constant = constant && (i == 0 || y == first);
        const double x = seconds(origin, points[i].at);
        sum_x.add(x);
        sum_y.add(y);
        sum_xy.add(x * y);
        sum_x2.add(x * x);
    }
    if (constant) {
        constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
        return std::isinf(first) ? Line{kNaN, kNaN} : Line{0, first};
    }
    const auto n = static_cast<double>(points.size());
    const double x = sum_x.exact();
    const double y = sum_y.exact();
    const double covariance = sum_xy.exact() - x * y / n;
    const double variance = sum_x2.exact() - x * x / n;
    const double slope = covariance / variance;
    return {slope, y / n - slope * x / n};
}

Answer deriv(const Window& window, std::string&) {
    if (window.points.size() < 2) {
        return std::nullopt;
    }
    return regression(window.points, window.points.front().at).slope;
}

Answer predict_linear(const Window& window, std::string&) {
    if (window.points.size() < 2) {
        return std::nullopt;
    }
    const auto line = regression(window.points, window.at);
    return line.slope * window.scalars[0] + line.intercept;
}

// Double exponential smoothing.
Answer holt_winters(const Window& window, std::string& fault) {
    const double smoothing = window.scalars[0];
    const double trending = window.scalars[1];
    if (smoothing <= 0 || smoothing >= 1) {
        fault = "invalid smoothing factor. Expected: 0 < sf < 1, got: " + std::to_string(smoothing);
        return std::nullopt;
    }
    if (trending <= 0 || trending >= 1) {
        fault = "invalid trend factor. Expected: 0 < tf < 1, got: " + std::to_string(trending);
        return std::nullopt;
    }
    const auto points = window.points;
    if (points.size() < 2) {
        return std::nullopt;
    }
    double before = 0;
    double level = points[0].value;
    double trend = points[1].value - points[0].value;
    for (std::size_t i = 1; i < points.size(); ++i) {
        if (i > 1) {
            trend = trending * (level - before) + (1 - trending) * trend;
        }
        const double next = smoothing * points[i].value + (1 - smoothing) * (level + trend);
        before = level;
        level = next;
    }
    return level;
}

const std::unordered_map<std::string_view, RangeFunction>& table() {
    static const std::unordered_map<std::string_view, RangeFunction> functions = {
        {"avg_over_time", average},
        {"changes", changes},
        {"count_over_time",
         [](const Window& w, std::string&) {
             return Answer(static_cast<double>(w.points.size()));
         }},
        {"delta", change<false, false>},
        {"deriv", deriv},
        {"holt_winters", holt_winters},
        {"idelta", last_change<false>},
        {"increase", change<true, false>},
        {"irate", last_change<true>},
        {"last_over_time",
         [](const Window& w, std::string&) { return Answer(w.points.back().value); }},
        {"max_over_time", extreme<true>},
        {"min_over_time", extreme<false>},
        {"predict_linear", predict_linear},
        {"present_over_time", [](const Window&, std::string&) { return Answer(1); }},
        {"quantile_over_time", quantile_over_time},
        {"rate", change<true, true>},
        {"resets", resets},
        {"stddev_over_time",
         [](const Window& w, std::string&) { return Answer(std::sqrt(variance_of(w))); }},
        {"stdvar_over_time", [](const Window& w, std::string&) { return Answer(variance_of(w)); }},
        {"sum_over_time", sum},
    };
    return functions;
}

} // namespace

RangeFunction find_range_function(std::string_view name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : found->second;
}

} // namespace opsmon::promql
