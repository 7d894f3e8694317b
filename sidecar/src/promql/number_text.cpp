#include "promql/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace opsmon::promql {
namespace {

// The shortest digits that read back, and zeros: to_chars would write the digits the bits stand
// for.
std::string large_whole(double value) {
    std::array<char, 32> buffer{};
    const auto [end, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                            std::chars_format::scientific);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    const auto e = text.find('e');
    std::size_t exponent = 0;
    std::from_chars(text.data() + e + 2, end, exponent); // behind the plus
    const bool negative = text.front() == '-';
    std::string digits;
    for (const char c : text.substr(negative ? 1 : 0, e - (negative ? 1 : 0))) {
        digits += c == '.' ? "" : std::string(1, c);
    }
    digits.resize(exponent + 1, '0');
    return (negative ? "-" : "") + digits;
}

std::string written(double value, std::chars_format format) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    constexpr double kExact = 9007199254740992; // from 2^53 on a double has no fraction
    if (format == std::chars_format::fixed && std::fabs(value) >= kExact) {
        return large_whole(value);
    }
    std::array<char, 1200> buffer{}; // the smallest number has 1,080 characters
    const auto [end, fault] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
    return std::string(buffer.data(), end);
}

} // namespace

std::string plain_number(double value) {
    return written(value, std::chars_format::fixed);
}

std::string api_number(double value) {
    const double size = std::fabs(value);
    const bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
    return written(value, exponent ? std::chars_format::scientific : std::chars_format::fixed);
}

std::string scientific_number(double value) {
    const double size = std::fabs(value);
    const bool exponent = size != 0 && (size < 1e-4 || size >= 1e21);
    return written(value, exponent ? std::chars_format::scientific : std::chars_format::fixed);
}

std::optional<double> parse_go_float(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    auto format = std::chars_format::general;
    if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        format = std::chars_format::hex;
        text.remove_prefix(2);
        if (text.find_first_of("pP") == std::string_view::npos) {
            return std::nullopt; // Go wants the exponent
        }
    }
    // No second sign, and no "nan(…)", which from_chars would take.
    if (text.empty() || text.front() == '-' || text.find('(') != std::string_view::npos) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, fault] =
        std::from_chars(text.data(), text.data() + text.size(), value, format);
    if (fault != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return negative ? -value : value;
}

} // namespace opsmon::promql
