#include "notify/matchers.hpp"

#include "base/text.hpp"
#include "promql/utf8.hpp"

#include <algorithm>

namespace opsmon::notify {
namespace {

using promql::Matcher;
using promql::MatchKind;

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool is_name_part(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

// At the commas that stand outside of quotes. What follows the last comma may be nothing.
std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> out;
    bool in_quotes = false;
    bool escaped = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ',' && !in_quotes) {
            out.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        } else if (c == '"') {
            in_quotes = in_quotes == escaped; // an escaped one changes nothing
            escaped = false;
        } else {
            escaped = c == '\\' && !escaped;
        }
    }
    if (const auto rest = trim(text.substr(begin)); !rest.empty()) {
        out.push_back(rest);
    }
    return out;
}

Error bad_quote(std::string_view value) {
    return Error{"the value " + std::string(value) + " holds a double quote that is not escaped"};
}

// The value as it stands after the operator: with or without quotes.
Result<std::string> unquote(std::string_view raw) {
    const bool has_quotes = raw.starts_with('"');
    const auto text = raw.substr(has_quotes ? 1 : 0);
    std::string out;
    bool ended = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size()) {
            const char next = text[++i];
            if (next != '"' && next != '\\' && next != 'n') {
                out += '\\'; // escapes nothing: an ordinary character
            }
            out += next == 'n' ? '\n' : next;
        } else if (c == '"') {
            if (!has_quotes || i + 1 < text.size()) {
                return bad_quote(raw);
            }
            ended = true;
        } else {
            out += c;
        }
    }
    return has_quotes && !ended ? Result<std::string>(bad_quote(raw)) : std::move(out);
}

Result<Matcher> parse_one(std::string_view token) {
    const auto text = trim(token);
    const auto malformed = Error{"\"" + std::string(text) +
                                 "\" is no matcher; write name=\"value\", or != =~ !~ in between"};
    std::size_t at = 0;
    while (at < text.size() && is_name_part(text[at])) {
        ++at;
    }
    const auto name = text.substr(0, at);
    if (name.empty() || !is_name_start(name[0])) {
        return malformed;
    }
    const auto rest = trim(text.substr(at));
    constexpr std::pair<std::string_view, MatchKind> kOperators[] = {{"=~", MatchKind::Regex},
                                                                     {"!~", MatchKind::NotRegex},
                                                                     {"!=", MatchKind::NotEqual},
                                                                     {"=", MatchKind::Equal}};
    for (const auto& [sign, kind] : kOperators) {
        if (!rest.starts_with(sign)) {
            continue;
        }
        auto value = unquote(trim(rest.substr(sign.size())));
        return value ? Matcher::make(std::string(name), kind, std::move(*value)) : value.error();
    }
    return malformed;
}

} // namespace

Result<Matchers> parse_matchers(std::string_view text) {
    if (promql::first_invalid_utf8(text) != std::string_view::npos) {
        return Error{"a matcher is not valid UTF-8"};
    }
    text.remove_prefix(text.starts_with('{') ? 1 : 0);
    text.remove_suffix(text.ends_with('}') ? 1 : 0);
    Matchers out;
    for (const auto token : split(text)) {
        auto one = parse_one(token);
        if (!one) {
            return one.error();
        }
        out.push_back(std::move(*one));
    }
    return out;
}

bool matches(const Matchers& matchers, const metrics::Labels& labels) {
    return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
        return matcher.matches(labels.get(matcher.name()));
    });
}

std::string to_string(const Matcher& matcher) {
    constexpr const char* kSigns[] = {"=", "!=", "=~", "!~"};
    return matcher.name() + kSigns[static_cast<int>(matcher.kind())] +
           notify::quoted(matcher.value());
}

std::string to_string(const Matchers& matchers) {
    std::string out;
    for (const auto& matcher : matchers) {
        out += (out.empty() ? "" : ",") + to_string(matcher);
    }
    return "{" + out + "}";
}

std::string quoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + '"';
}

} // namespace opsmon::notify
