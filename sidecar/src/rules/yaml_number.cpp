#include "rules/yaml_number.hpp"

#include "promql/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace opsmon::rules {
namespace {

std::optional<double> word(const std::string& text) {
    for (const auto* nan : {".nan", ".NaN", ".NAN"}) {
        if (text == nan) {
            return std::numeric_limits<double>::quiet_NaN();
        }
    }
    const bool has_sign = text.starts_with('+') || text.starts_with('-');
    const auto unsigned_text = text.substr(has_sign ? 1 : 0);
    for (const auto* infinity : {".inf", ".Inf", ".INF"}) {
        if (unsigned_text == infinity) {
            return (text.starts_with('-') ? -1 : 1) * std::numeric_limits<double>::infinity();
        }
    }
    return std::nullopt;
}

// What Go looks at as a number at all; underscores mean nothing in it, wherever they stand.
std::optional<std::string> digits_of(std::string text) {
    if (text.empty() || std::string_view("+-0123456789").find(text[0]) == std::string_view::npos) {
        return std::nullopt;
    }
    std::erase(text, '_');
    return text;
}

std::optional<double> fraction(const std::string& text) {
    if (text.starts_with('.')) {
        return promql::parse_go_float(text);
    }
    const auto digits = digits_of(text);
    // Decimal only: no 0x1p4, and no inf.
    return digits && digits->find_first_not_of("+-0123456789.eE") == std::string::npos
               ? promql::parse_go_float(*digits)
               : std::nullopt;
}

std::optional<std::int64_t> integer(const std::string& text) {
    const auto digits = digits_of(text);
    return digits ? promql::parse_go_integer(*digits) : std::nullopt;
}

} // namespace

std::optional<double> yaml_float(const std::string& text) {
    if (const auto special = word(text)) {
        return special;
    }
    const auto whole = integer(text);
    return whole ? static_cast<double>(*whole) : fraction(text);
}

std::optional<std::int64_t> yaml_integer(const std::string& text) {
    if (const auto whole = integer(text)) {
        return whole;
    }
    constexpr double kEnd = 9223372036854775808.0;
    const auto real = fraction(text);
    return real && std::fabs(*real) < kEnd ? std::optional(static_cast<std::int64_t>(*real))
                                           : std::nullopt;
}

} // namespace opsmon::rules
