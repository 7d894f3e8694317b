#include "promql/quoted.hpp"

#include "promql/utf8.hpp"

namespace opsmon::promql {
namespace {

int digit_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

struct Numeric {
    std::size_t digits;
    int base;
    bool is_byte; // \x and octal give one byte, \u and \U a character
};

// Reads the digits of a numeric escape; `at` is on the first of them.
Result<std::size_t> numeric_escape(std::string_view text, std::size_t at, Numeric form,
                                   std::string& out) {
    char32_t value = 0;
    for (std::size_t i = 0; i < form.digits; ++i, ++at) {
        const int digit = at < text.size() ? digit_value(text[at]) : 16;
        if (digit >= form.base) {
            return Error{"illegal character in escape sequence"};
        }
        value = value * static_cast<char32_t>(form.base) + static_cast<char32_t>(digit);
    }
    const auto limit = form.is_byte ? 0xFFU : 0x10FFFFU;
    if (value > limit || (value >= 0xD800 && value < 0xE000)) {
        return Error{"escape sequence is an invalid Unicode code point"};
    }
    if (form.is_byte) {
        out += static_cast<char>(value);
    } else {
        append_utf8(out, value);
    }
    return at;
}

// `at` is on the character behind the backslash; the answer is the position behind the escape.
Result<std::size_t> escape(std::string_view text, std::size_t at, char quote, std::string& out) {
    if (at >= text.size()) {
        return Error{"escape sequence not terminated"};
    }
    const char c = text[at];
    constexpr std::string_view kNames = "abfnrtv\\";
    constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
    if (const auto simple = kNames.find(c); simple != std::string_view::npos) {
        out += kValues[simple];
        return at + 1;
    }
    if (c == quote) {
        out += quote;
        return at + 1;
    }
    switch (c) {
    case 'x':
        return numeric_escape(text, at + 1, {2, 16, true}, out);
    case 'u':
        return numeric_escape(text, at + 1, {4, 16, false}, out);
    case 'U':
        return numeric_escape(text, at + 1, {8, 16, false}, out);
    default:
        if (c >= '0' && c <= '7') {
            return numeric_escape(text, at, {3, 8, true}, out);
        }
        return Error{std::string("unknown escape sequence \\") + c};
    }
}

} // namespace

Result<Quoted> read_quoted(std::string_view text) {
    const char quote = text.empty() ? '\0' : text.front();
    Quoted out;
    for (std::size_t at = 1; at < text.size();) {
        const char c = text[at];
        if (c == quote) {
            if (first_invalid_utf8(out.value) != std::string_view::npos) {
                return Error{"the escapes of this string make invalid UTF-8, which no label holds"};
            }
            out.length = at + 1;
            return out;
        }
        if (c == '\n' && quote != '`') {
            break;
        }
        if (c == '\\' && quote != '`') {
            auto next = escape(text, at + 1, quote, out.value);
            if (!next) {
                return next.error();
            }
            at = *next;
        } else {
            out.value += c;
            ++at;
        }
    }
    return Error{quote == '`' ? "unterminated raw string" : "unterminated quoted string"};
}

} // namespace opsmon::promql
