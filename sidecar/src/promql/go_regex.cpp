#include "promql/go_regex.hpp"

#include "promql/utf8.hpp"

#include <algorithm>
#include <vector>

#include <re2/re2.h>

namespace opsmon::promql {
namespace {

using Groups = std::vector<re2::StringPiece>;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

// RE2 takes \C for any byte; Go knows no bytes.
bool asks_for_a_byte(std::string_view pattern) {
    for (std::size_t at = 0; at + 1 < pattern.size(); ++at) {
        if (pattern[at] != '\\') {
            continue;
        }
        ++at;
        if (pattern[at] == 'C') {
            return true;
        }
        if (pattern[at] == 'Q') { // literally, until \E
            at = std::min(pattern.find("\\E", at + 1), pattern.size());
        }
    }
    return false;
}

Result<std::shared_ptr<const RE2>> compile(std::string_view pattern) {
    if (asks_for_a_byte(pattern)) {
        return Error{"invalid escape sequence: \\C"};
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemoryMax);
    auto regex = std::make_shared<const RE2>(piece(pattern), options);
    if (!regex->ok()) {
        return Error{regex->error()};
    }
    for (const auto& [name, number] : regex->NamedCapturingGroups()) {
        if (!std::all_of(name.begin(), name.end(), [](char c) { return (c & 0x80) == 0; })) {
            return Error{"invalid named capture: (?P<" + name + ">"}; // RE2 takes any letter
        }
    }
    return regex;
}

// The number of a group by what stands behind the dollar; -1 where there is none.
int group_of(const RE2& regex, std::string_view name) {
    constexpr int kLarge = 100'000'000; // no number in Go from here on
    int number = 0;
    for (const char c : name) {
        if (c < '0' || c > '9' || number >= kLarge) {
            number = -1;
            break;
        }
        number = number * 10 + (c - '0');
    }
    if (number >= 0 && (name.size() == 1 || name[0] != '0')) {
        return number;
    }
    const auto& named = regex.NamedCapturingGroups();
    const auto found = named.find(std::string(name));
    return found == named.end() ? -1 : found->second;
}

// The letters, digits and underscores in front of the text, of every script.
std::size_t name_length(std::string_view text) {
    static const RE2 name("[\\pL\\p{Nd}_]+");
    re2::StringPiece found;
    return name.Match(piece(text), 0, text.size(), RE2::ANCHOR_START, &found, 1) ? found.size() : 0;
}

void expand(std::string_view replacement, const RE2& regex, const Groups& groups,
            std::string& out) {
    for (std::size_t at = 0; at < replacement.size();) {
        if (replacement[at] != '$') {
            out += replacement[at++];
            continue;
        }
        if (++at < replacement.size() && replacement[at] == '$') {
            out += replacement[at++];
            continue;
        }
        const bool braces = at < replacement.size() && replacement[at] == '{';
        const auto name = replacement.substr(at + (braces ? 1 : 0));
        const auto length = name_length(name);
        if (length == 0 || (braces && (length == name.size() || name[length] != '}'))) {
            out += '$'; // no group at all
            continue;
        }
        const int group = group_of(regex, name.substr(0, length));
        if (group >= 0 && static_cast<std::size_t>(group) < groups.size()) {
            const auto& found = groups[static_cast<std::size_t>(group)];
            out.append(found.data(), found.size());
        }
        at += length + (braces ? 2 : 0);
    }
}

Groups groups_for(const RE2& regex) {
    return Groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
}

bool match(const RE2& regex, std::string_view text, std::size_t from, Groups& groups) {
    return regex.Match(piece(text), from, text.size(), RE2::UNANCHORED, groups.data(),
                       static_cast<int>(groups.size()));
}

} // namespace

Result<GoRegex> GoRegex::anywhere(std::string_view pattern) {
    auto regex = compile(pattern);
    return regex ? Result<GoRegex>(GoRegex(std::move(*regex))) : regex.error();
}

Result<GoRegex> GoRegex::whole(std::string_view pattern) {
    return anywhere("^(?:" + std::string(pattern) + ")$");
}

Result<GoRegex> GoRegex::whole_and_itself(std::string_view pattern) {
    auto regex = whole(pattern);
    // Only what closes the group around it can be right there and wrong by itself.
    if (regex && pattern.find(')') != std::string_view::npos) {
        if (auto itself = compile(pattern); !itself) {
            return itself.error();
        }
    }
    return regex;
}

bool GoRegex::found(std::string_view text) const {
    return RE2::PartialMatch(piece(text), *regex_);
}

std::string GoRegex::replace_all(std::string_view text, std::string_view replacement) const {
    auto groups = groups_for(*regex_);
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = 0; at <= text.size() && match(*regex_, text, at, groups);) {
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
        const auto end = begin + groups[0].size();
        out += text.substr(done, begin - done);
        // Not for an empty match right behind another.
        if (end > done || begin == 0) {
            expand(replacement, *regex_, groups, out);
        }
        done = end;
        at = std::max(at + std::max<std::size_t>(1, character_length(text.substr(at))), end);
    }
    return out += text.substr(done);
}

std::optional<std::string> GoRegex::expand_first(std::string_view text,
                                                 std::string_view replacement) const {
    auto groups = groups_for(*regex_);
    if (!match(*regex_, text, 0, groups)) {
        return std::nullopt;
    }
    std::string out;
    expand(replacement, *regex_, groups, out);
    return out;
}

} // namespace opsmon::promql
