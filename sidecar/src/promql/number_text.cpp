#include "promql/number_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

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

bool is_digit(char c, bool hex) {
    return (c >= '0' && c <= '9') || (hex && std::isxdigit(static_cast<unsigned char>(c)) != 0);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
}

std::optional<double> special(std::string_view text) {
    if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "infinity")) {
        return std::numeric_limits<double>::infinity();
    }
    return equals_ignoring_case(text, "nan")
               ? std::optional(std::numeric_limits<double>::quiet_NaN())
               : std::nullopt;
}

// Underscores may stand between digits, and behind a prefix like 0x; none where one stands
// elsewhere.
std::optional<std::string> without_underscores(std::string_view text, std::size_t prefix,
                                               bool hex) {
    std::string out(text.substr(0, prefix));
    bool digit_before = prefix > 0; // the 0x counts as one
    for (std::size_t at = out.size(); at < text.size(); ++at) {
        if (text[at] != '_') {
            digit_before = is_digit(text[at], hex);
            out += text[at];
        } else if (!digit_before || at + 1 == text.size() || !is_digit(text[at + 1], hex)) {
            return std::nullopt;
        }
    }
    return out;
}

// Digits with at most one point among them, and an exponent; in hexadecimal there must be one.
bool is_number(std::string_view text, bool hex) {
    text.remove_prefix(hex ? 2 : 0);
    std::size_t at = 0;
    std::size_t digits = 0;
    for (bool point = false; at < text.size(); ++at) {
        if (text[at] == '.' && !point) {
            point = true;
        } else if (is_digit(text[at], hex)) {
            ++digits;
        } else {
            break;
        }
    }
    if (digits == 0 || at == text.size()) {
        return digits > 0 && !hex;
    }
    if (const char letter = text[at];
        hex ? letter != 'p' && letter != 'P' : letter != 'e' && letter != 'E') {
        return false;
    }
    text.remove_prefix(at + 1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
        text.remove_prefix(1);
    }
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c, false); });
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
    const bool exponent = size != 0 && (size < 1e-4 || size >= 1e6);
    return written(value, exponent ? std::chars_format::scientific : std::chars_format::fixed);
}

std::optional<double> parse_go_float(std::string_view text) {
    const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
    const bool negative = has_sign && text.front() == '-';
    text.remove_prefix(has_sign ? 1 : 0);
    if (const auto word = special(text)) {
        if (std::isnan(*word) && has_sign) {
            return std::nullopt;
        }
        return negative ? -*word : *word;
    }
    const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const auto digits = without_underscores(text, hex ? 2 : 0, hex);
    if (!digits || !is_number(*digits, hex)) {
        return std::nullopt;
    }
    const double value = std::strtod(digits->c_str(), nullptr); // what is too small becomes 0
    if (std::isinf(value)) {
        return std::nullopt; // out of range
    }
    return negative ? -value : value;
}

std::optional<std::int64_t> parse_go_integer(std::string_view text) {
    const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
    const bool negative = has_sign && text.front() == '-';
    text.remove_prefix(has_sign ? 1 : 0);
    int base = 10;
    std::size_t prefix = 0;
    if (text.size() > 1 && text[0] == '0') {
        const auto letter = std::string_view("xXbBoO").find(text[1]);
        constexpr int kBases[] = {16, 2, 8};
        base = letter == std::string_view::npos ? 8 : kBases[letter / 2];
        prefix = letter == std::string_view::npos ? 0 : 2;
    }
    const auto digits = without_underscores(text, prefix, base == 16);
    if (!digits) {
        return std::nullopt;
    }
    std::uint64_t size = 0;
    const auto* begin = digits->data() + prefix;
    const auto* end = digits->data() + digits->size();
    const auto [at, fault] = std::from_chars(begin, end, size, base);
    constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (fault != std::errc() || at != end || begin == end || size > kLargest + (negative ? 1 : 0)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(negative ? 0 - size : size);
}

} // namespace opsmon::promql
