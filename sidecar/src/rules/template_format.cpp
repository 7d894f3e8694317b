#include "rules/template_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace opsmon::rules {
namespace {

constexpr int kMaxWidth = 1000; // a wider field is a mistake, or an attack on the output limit

// One directive of a printf format: %[flags][width][.precision]verb
struct Directive {
    bool minus = false, plus = false, zero = false, space = false;
    int width = 0;
    std::optional<int> precision;
    char verb = 0;
};

std::string non_finite(double value) {
    return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

std::string pad(std::string text, const Directive& directive, bool number) {
    // Width counts characters, not bytes.
    const auto length =
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (length >= directive.width) {
        return text;
    }
    const auto missing = static_cast<std::size_t>(directive.width - length);
    if (directive.minus) {
        return text + std::string(missing, ' ');
    }
    if (directive.zero && number) {
        const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
        return text.insert(sign ? 1 : 0, std::string(missing, '0'));
    }
    return std::string(missing, ' ') + text;
}

std::string with_sign(std::string text, const Directive& directive) {
    if (!text.empty() && text[0] != '-' && text[0] != '+') {
        text.insert(0, directive.plus ? "+" : directive.space ? " " : "");
    }
    return text;
}

std::string float_directive(double value, const Directive& directive) {
    if (!std::isfinite(value)) {
        return pad(non_finite(value), directive, false);
    }
    const char verb = directive.verb == 'v' ? 'g' : directive.verb;
    if (!directive.precision && (verb == 'g' || verb == 'G')) {
        auto text = format_float(value);
        std::replace(text.begin(), text.end(), 'e', verb == 'G' ? 'E' : 'e');
        return pad(with_sign(std::move(text), directive), directive, true);
    }
    const char format[] = {'%', '.', '*', verb, '\0'};
    std::array<char, 2048> buffer{}; // 309 digits before the point and at most 1000 behind it
    const int precision = std::min(directive.precision.value_or(6), kMaxWidth);
    std::snprintf(buffer.data(), buffer.size(), format, precision, value);
    return pad(with_sign(buffer.data(), directive), directive, true);
}

std::string integer_directive(std::int64_t value, const Directive& directive) {
    int base = 10;
    switch (directive.verb) {
    case 'x':
    case 'X':
        base = 16;
        break;
    case 'o':
        base = 8;
        break;
    case 'b':
        base = 2;
        break;
    default:
        break;
    }
    std::array<char, 72> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base).ptr;
    std::string text(buffer.data(), end);
    if (directive.verb == 'X') {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    }
    return pad(with_sign(std::move(text), directive), directive, true);
}

std::string cut(std::string text, const Directive& directive) {
    if (!directive.precision) {
        return text;
    }
    std::size_t at = 0;
    for (int left = *directive.precision; at < text.size(); ++at) {
        if ((text[at] & 0xC0) != 0x80 && left-- == 0) {
            break;
        }
    }
    return text.substr(0, at);
}

std::string bad_verb(const TemplateValue& value, char verb) {
    const std::string head = std::string("%!") + verb + "(";
    if (value.is_nil()) {
        return head + "<nil>)";
    }
    return head + value.type_name() + "=" + value.to_string() + ")";
}

bool one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

std::string format_one(const TemplateValue& value, const Directive& directive) {
    const char verb = directive.verb;
    if (const auto* text = value.get<std::string>()) {
        if (one_of(verb, "sv")) {
            return pad(cut(*text, directive), directive, false);
        }
        return verb == 'q' ? pad(quote(cut(*text, directive)), directive, false)
                           : bad_verb(value, verb);
    }
    if (const auto* number = value.get<double>()) {
        return one_of(verb, "vfFeEgG") ? float_directive(*number, directive)
                                       : bad_verb(value, verb);
    }
    if (const auto* integer = value.get<std::int64_t>()) {
        return one_of(verb, "vdxXob") ? integer_directive(*integer, directive)
                                      : bad_verb(value, verb);
    }
    if (value.get<bool>() != nullptr) {
        return one_of(verb, "vt") ? pad(value.to_string(), directive, false)
                                  : bad_verb(value, verb);
    }
    if ((value.composite() != nullptr || value.get<TemplateMoment>() != nullptr) &&
        one_of(verb, "sv")) {
        return pad(value.to_string(), directive, false);
    }
    return verb == 'v' ? pad("<nil>", directive, false) : bad_verb(value, verb);
}

int read_number(std::string_view format, std::size_t& at) {
    int number = 0;
    for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
        number = std::min(number * 10 + (format[at] - '0'), kMaxWidth);
    }
    return number;
}

// Reads one directive; `at` stands behind the percent sign, and behind the verb afterwards.
Directive read_directive(std::string_view format, std::size_t& at) {
    Directive out;
    for (; at < format.size() && one_of(format[at], "-+0 "); ++at) {
        out.minus = out.minus || format[at] == '-';
        out.plus = out.plus || format[at] == '+';
        out.zero = out.zero || format[at] == '0';
        out.space = out.space || format[at] == ' ';
    }
    out.width = read_number(format, at);
    if (at < format.size() && format[at] == '.') {
        ++at;
        out.precision = read_number(format, at);
    }
    if (at < format.size()) {
        out.verb = format[at++];
    }
    return out;
}

} // namespace

std::string format_float(double value) {
    if (!std::isfinite(value)) {
        return non_finite(value);
    }
    std::array<char, 64> buffer{};
    const auto print = [&](std::chars_format form) {
        const auto end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form).ptr;
        return std::string(buffer.data(), end);
    };
    auto scientific = print(std::chars_format::scientific);
    const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
    return exponent < -4 || exponent >= 6 ? scientific : print(std::chars_format::fixed);
}

std::string quote(std::string_view text) {
    constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
    constexpr std::string_view kNames = "abfnrtv\\\"";
    std::string out = "\"";
    for (const char c : text) {
        if (const auto which = kValues.find(c); which != std::string_view::npos) {
            out += '\\';
            out += kNames[which];
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned char>(c));
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string format_printf(std::string_view format, std::span<const TemplateValue> args) {
    std::string out;
    std::size_t next = 0;
    for (std::size_t at = 0; at < format.size();) {
        if (format[at] != '%') {
            out += format[at++];
            continue;
        }
        const auto directive = read_directive(format, ++at);
        if (directive.verb == '%') {
            out += '%';
        } else if (directive.verb == 0) {
            out += "%!(NOVERB)";
        } else if (next == args.size()) {
            out += std::string("%!") + directive.verb + "(MISSING)";
        } else {
            out += format_one(args[next++], directive);
        }
    }
    if (next < args.size()) {
        out += "%!(EXTRA ";
        for (auto i = next; i < args.size(); ++i) {
            out += (i > next ? ", " : "") + std::string(args[i].type_name()) + "=" +
                   args[i].to_string();
        }
        out += ")";
    }
    return out;
}

std::string unsupported_directive(std::string_view format) {
    constexpr std::string_view kVerbs = "cUTpO";
    constexpr std::string_view kForms = "#*["; // %#v, a width from an argument, %[1]d
    for (std::size_t at = 0; at < format.size();) {
        if (format[at++] != '%') {
            continue;
        }
        const auto begin = at - 1;
        const char verb = read_directive(format, at).verb;
        if (verb != 0 && (one_of(verb, kVerbs) || one_of(verb, kForms))) {
            return std::string(format.substr(begin, at - begin));
        }
    }
    return {};
}

} // namespace opsmon::rules
