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

bool one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

std::string pad(std::string text, const Directive& directive) {
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
    return std::string(missing, directive.zero ? '0' : ' ') + text;
}

// Zeros stand behind the sign.
std::string pad_number(std::string text, const Directive& directive) {
    const bool has_sign = one_of(text[0], "+- ");
    const auto width = static_cast<std::size_t>(directive.width);
    if (directive.zero && !directive.minus && has_sign && text.size() < width) {
        return text.insert(1, std::string(width - text.size(), '0'));
    }
    return pad(std::move(text), directive);
}

std::string with_sign(std::string text, const Directive& directive) {
    if (!one_of(text[0], "+-")) {
        text.insert(0, directive.plus ? "+" : directive.space ? " " : "");
    }
    return text;
}

std::string float_directive(double value, Directive directive) {
    if (!std::isfinite(value)) {
        directive.zero = false;
        auto text = non_finite(value);
        return pad(std::isnan(value)              ? with_sign(std::move(text), directive)
                   : value > 0 && !directive.plus ? (directive.space ? " " : "+") + text.substr(1)
                                                  : text,
                   directive);
    }
    const char verb = directive.verb == 'v' ? 'g' : directive.verb;
    if (!directive.precision && (verb == 'g' || verb == 'G')) {
        auto text = format_float(value);
        std::replace(text.begin(), text.end(), 'e', verb == 'G' ? 'E' : 'e');
        return pad_number(with_sign(std::move(text), directive), directive);
    }
    const char format[] = {'%', '.', '*', verb, '\0'};
    std::array<char, 2048> buffer{}; // 309 digits before the point and at most 1000 behind it
    const int precision = std::min(directive.precision.value_or(6), kMaxWidth);
    std::snprintf(buffer.data(), buffer.size(), format, precision, value);
    return pad_number(with_sign(buffer.data(), directive), directive);
}

std::string integer_directive(std::int64_t value, Directive directive) {
    const int base = one_of(directive.verb, "xX") ? 16
                     : directive.verb == 'o'      ? 8
                     : directive.verb == 'b'      ? 2
                                                  : 10;
    std::array<char, 72> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base).ptr;
    std::string text(buffer.data(), end);
    if (directive.verb == 'X') {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    }
    if (directive.precision) {
        directive.zero = false;
        if (*directive.precision == 0 && value == 0) {
            return std::string(static_cast<std::size_t>(directive.width), ' ');
        }
        const std::size_t sign = value < 0 ? 1 : 0;
        const auto digits = static_cast<std::size_t>(std::min(*directive.precision, kMaxWidth));
        text.insert(sign,
                    std::string(std::max(digits, text.size() - sign) - (text.size() - sign), '0'));
    }
    return pad_number(with_sign(std::move(text), directive), directive);
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

// %x of a text: its bytes
std::string hexadecimal(std::string_view text, const Directive& directive) {
    const auto* digits = directive.verb == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    if (directive.precision) {
        text = text.substr(0, static_cast<std::size_t>(*directive.precision));
    }
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += directive.space && !out.empty() ? " " : "";
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
    return out;
}

Error no_such_form(const TemplateValue& value, char verb) {
    return Error{std::string("%") + verb + " of " + value.type_name() +
                 " is not supported in this version"};
}

Result<std::string> format_one(const TemplateValue& value, const Directive& directive);

// What the verb cannot be said of, as Go says it: with the same width, as %v.
Result<std::string> bad_verb(const TemplateValue& value, const Directive& directive) {
    const std::string head = std::string("%!") + directive.verb + "(";
    if (value.is_nil()) {
        return head + "<nil>)";
    }
    auto as_value = directive;
    as_value.verb = 'v';
    auto text = format_one(value, as_value);
    return text ? Result<std::string>(head + value.type_name() + "=" + *text + ")") : text;
}

Result<std::string> text_directive(const TemplateValue& value, const std::string& text,
                                   const Directive& directive) {
    switch (directive.verb) {
    case 's':
    case 'v':
        return pad(cut(text, directive), directive);
    case 'q':
        return directive.plus ? Result<std::string>(Error{"%+q is not supported in this version"})
                              : pad(quote(cut(text, directive)), directive);
    case 'x':
    case 'X':
        return pad(hexadecimal(text, directive), directive);
    default:
        return value.get<TemplateMoment>() != nullptr ? no_such_form(value, directive.verb)
                                                      : bad_verb(value, directive);
    }
}

// Each part by itself has the width.
Result<std::string> composite_directive(const TemplateComposite& parts,
                                        const Directive& directive) {
    std::string out;
    const auto add = [&](const TemplateValue& part, const std::string& before) -> Result<void> {
        auto text = format_one(part, directive);
        if (!text) {
            return text.error();
        }
        out += before + *text;
        return {};
    };
    if (parts.kind != TemplateComposite::Kind::Map) {
        for (const auto& item : parts.items) {
            if (auto added = add(item, &item == parts.items.data() ? "" : " "); !added) {
                return added.error();
            }
        }
        return parts.kind == TemplateComposite::Kind::List ? "[" + out + "]" : "{" + out + "}";
    }
    for (const auto& [name, value] : parts.fields) {
        auto added = add(TemplateValue(name), out.empty() ? "" : " ");
        if (added) {
            added = add(value, ":");
        }
        if (!added) {
            return added.error();
        }
    }
    return "map[" + out + "]";
}

Result<std::string> format_one(const TemplateValue& value, const Directive& directive) {
    const char verb = directive.verb;
    if (const auto* text = value.get<std::string>()) {
        return text_directive(value, *text, directive);
    }
    if (const auto* moment = value.get<TemplateMoment>()) {
        return text_directive(value, moment->text, directive);
    }
    if (const auto* number = value.get<double>()) {
        if (one_of(verb, "xXb")) {
            return no_such_form(value, verb);
        }
        return one_of(verb, "vfFeEgG") ? float_directive(*number, directive)
                                       : bad_verb(value, directive);
    }
    if (const auto* integer = value.get<std::int64_t>()) {
        if (verb == 'q') {
            return no_such_form(value, verb);
        }
        return one_of(verb, "vdxXob") ? integer_directive(*integer, directive)
                                      : bad_verb(value, directive);
    }
    if (value.get<bool>() != nullptr) {
        return one_of(verb, "vt") ? pad(value.to_string(), directive) : bad_verb(value, directive);
    }
    if (const auto* parts = value.composite()) {
        return composite_directive(*parts, directive);
    }
    return verb == 'v' ? pad("<nil>", directive) : bad_verb(value, directive);
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
        out.zero = (out.zero || format[at] == '0') && !out.minus; // never behind
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
    out.plus = out.plus && out.verb != 'v'; // there a plus asks for the names of fields
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

Result<std::string> format_printf(std::string_view format, std::span<const TemplateValue> args) {
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
            auto one = format_one(args[next++], directive);
            if (!one) {
                return one;
            }
            out += *one;
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
