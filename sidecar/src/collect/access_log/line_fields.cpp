#include "collect/access_log/line_fields.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxDigits = 18;
constexpr double kMaxSeconds = 366.0 * 86400;
constexpr std::size_t kMaxMethodBytes = 16;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// One number; takes it off `text`.
std::optional<double> take_decimal(std::string_view& text) {
    std::uint64_t digits = 0;
    std::size_t count = 0;
    double scale = 1;
    bool after_point = false;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (!is_digit(c)) {
            break;
        }
        if (++count > kMaxDigits) {
            return std::nullopt;
        }
        digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
        scale *= after_point ? 10 : 1;
    }
    text.remove_prefix(at);
    return count == 0 ? std::nullopt : std::optional(static_cast<double>(digits) / scale);
}

bool is_between(char c) {
    return c == ' ' || c == ',' || c == ':';
}

} // namespace

std::optional<int> parse_status(std::string_view text) {
    if (text == "-") {
        return 0;
    }
    if (text.size() != 3 || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[2])) {
        return std::nullopt;
    }
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.empty() || text.size() > kMaxDigits) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) {
            return std::nullopt;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

std::optional<double> parse_duration_seconds(std::string_view text, double unit_seconds) {
    double sum = 0;
    bool any = false;
    while (!text.empty()) {
        if (text.front() == '-' && (text.size() == 1 || is_between(text[1]))) {
            text.remove_prefix(1); // an upstream that was not reached
        } else {
            const auto number = take_decimal(text);
            if (!number) {
                return std::nullopt;
            }
            sum += *number;
            any = true;
        }
        if (!text.empty() && !is_between(text.front())) {
            return std::nullopt;
        }
        while (!text.empty() && is_between(text.front())) {
            text.remove_prefix(1);
        }
    }
    sum *= unit_seconds;
    return any && sum <= kMaxSeconds ? std::optional(sum) : std::nullopt;
}

bool is_method(std::string_view text) {
    if (text.empty() || text.size() > kMaxMethodBytes) {
        return false;
    }
    for (const char c : text) {
        if (c < 'A' || c > 'Z') {
            return false;
        }
    }
    return true;
}

void parse_request(std::string_view request, LogLine& out) {
    const auto first = request.find(' ');
    if (first == std::string_view::npos || !is_method(request.substr(0, first))) {
        return;
    }
    std::string_view rest = request.substr(first + 1);
    const auto last = rest.rfind(" HTTP/");
    rest = rest.substr(0, last); // HTTP/0.9 has no version
    if (rest.empty()) {
        return;
    }
    out.method = request.substr(0, first);
    out.target = rest;
}

} // namespace opsmon::collect
