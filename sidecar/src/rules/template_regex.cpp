#include "rules/template_regex.hpp"

#include <algorithm>
#include <cctype>
#include <memory>

#include <re2/re2.h>

namespace opsmon::rules {
namespace {

Result<std::unique_ptr<RE2>> regex_of(const std::string& pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    auto regex = std::make_unique<RE2>(pattern, options);
    if (!regex->ok()) {
        return Error{"error parsing regexp: " + regex->error()};
    }
    return regex;
}

// Go writes a group as $1, ${1} or $name; RE2 as \1.
std::string to_re2_replacement(std::string_view replacement, const RE2& regex) {
    std::string out;
    for (std::size_t at = 0; at < replacement.size();) {
        const char c = replacement[at++];
        if (c == '\\') {
            out += "\\\\";
        } else if (c != '$') {
            out += c;
        } else if (at < replacement.size() && replacement[at] == '$') {
            out += replacement[at++];
        } else {
            const bool braces = at < replacement.size() && replacement[at] == '{';
            const auto begin = at + (braces ? 1 : 0);
            auto end = begin;
            while (end < replacement.size() &&
                   (std::isalnum(static_cast<unsigned char>(replacement[end])) != 0 ||
                    replacement[end] == '_')) {
                ++end;
            }
            const std::string name(replacement.substr(begin, end - begin));
            if (name.empty() ||
                (braces && (end == replacement.size() || replacement[end] != '}'))) {
                out += '$';
                continue;
            }
            at = end + (braces ? 1 : 0);
            const auto& named = regex.NamedCapturingGroups();
            const auto found = named.find(name);
            const bool is_digit = name.size() == 1 && name[0] >= '0' && name[0] <= '9';
            const int group = found != named.end() ? found->second : is_digit ? name[0] - '0' : -1;
            if (group >= 0 && group <= std::min(9, regex.NumberOfCapturingGroups())) {
                out += "\\" + std::to_string(group);
            }
        }
    }
    return out;
}

} // namespace

Result<bool> regex_found(const std::string& pattern, const std::string& text) {
    auto regex = regex_of(pattern);
    return regex ? Result<bool>(RE2::PartialMatch(text, **regex)) : regex.error();
}

Result<std::string> regex_replaced(const std::string& pattern, std::string_view replacement,
                                   std::string text) {
    auto regex = regex_of(pattern);
    if (!regex) {
        return regex.error();
    }
    RE2::GlobalReplace(&text, **regex, to_re2_replacement(replacement, **regex));
    return text;
}

} // namespace opsmon::rules
