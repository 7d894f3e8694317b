#include "promql/element_functions.hpp"

#include "promql/calendar.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_map>

namespace opsmon::promql {
namespace {

using Scalars = std::span<const double>;
using Answer = std::optional<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// As Go: the infinity that decides wins over NaN, NaN over all else.
double smaller(double a, double b) {
    if (a == -kInfinity || b == -kInfinity) {
        return -kInfinity;
    }
    if (std::isnan(a) || std::isnan(b)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return a < b || (a == b && std::signbit(a)) ? a : b;
}
double larger(double a, double b) {
    return -smaller(-a, -b);
}

template <double (*F)(double)>
Answer math(double value, Scalars) {
    return F(value);
}

template <typename Field, Field Date::*F>
Answer date(double value, Scalars) {
    return static_cast<double>(date_of(value).*F);
}

Answer sign(double value, Scalars) {
    return value < 0 ? -1 : value > 0 ? 1 : value;
}

Answer clamped(double value, Scalars scalars) {
    const double low = scalars[0];
    const double high = scalars[1];
    return high < low ? std::nullopt : Answer(larger(low, smaller(high, value)));
}

Answer rounded(double value, Scalars scalars) {
    const double inverse = 1.0 / (scalars.empty() ? 1.0 : scalars[0]);
    return std::floor(value * inverse + 0.5) / inverse;
}

const std::unordered_map<std::string_view, ElementFunction>& table() {
    static const std::unordered_map<std::string_view, ElementFunction> functions = {
        {"abs", math<std::fabs>},
        {"acos", math<std::acos>},
        {"acosh", math<std::acosh>},
        {"asin", math<std::asin>},
        {"asinh", math<std::asinh>},
        {"atan", math<std::atan>},
        {"atanh", math<std::atanh>},
        {"ceil", math<std::ceil>},
        {"cos", math<std::cos>},
        {"cosh", math<std::cosh>},
        {"exp", math<std::exp>},
        {"floor", math<std::floor>},
        {"ln", math<std::log>},
        {"log10", math<std::log10>},
        {"log2", math<std::log2>},
        {"sin", math<std::sin>},
        {"sinh", math<std::sinh>},
        {"sqrt", math<std::sqrt>},
        {"tan", math<std::tan>},
        {"tanh", math<std::tanh>},
        {"deg", [](double v, Scalars) { return Answer(v * 180 / std::numbers::pi); }},
        {"rad", [](double v, Scalars) { return Answer(v * std::numbers::pi / 180); }},
        {"sgn", sign},
        {"clamp", clamped},
        {"clamp_max", [](double v, Scalars s) { return Answer(smaller(s[0], v)); }},
        {"clamp_min", [](double v, Scalars s) { return Answer(larger(s[0], v)); }},
        {"round", rounded},
        {"day_of_month", date<int, &Date::day_of_month>},
        {"day_of_week", date<int, &Date::day_of_week>},
        {"day_of_year", date<int, &Date::day_of_year>},
        {"days_in_month", date<int, &Date::days_in_month>},
        {"hour", date<int, &Date::hour>},
        {"minute", date<int, &Date::minute>},
        {"month", date<int, &Date::month>},
        {"year", date<std::int64_t, &Date::year>},
    };
    return functions;
}

} // namespace

ElementFunction find_element_function(std::string_view name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : found->second;
}

} // namespace opsmon::promql
