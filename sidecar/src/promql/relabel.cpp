#include "promql/relabel.hpp"

#include "promql/matcher.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

#include <re2/re2.h>

namespace opsmon::promql {
namespace {

bool is_word(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

using Groups = std::vector<re2::StringPiece>;

// The number of a group by what stands behind the dollar; -1 where there is none.
int group_of(const RE2& regex, std::string_view name) {
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        int number = 0;
        const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
        // Go takes 01 for a name, which no group can have.
        return fault == std::errc() && (name.size() == 1 || name[0] != '0') ? number : -1;
    }
    const auto& named = regex.NamedCapturingGroups();
    const auto found = named.find(std::string(name));
    return found == named.end() ? -1 : found->second;
}

// Go's template: $1, $name, ${name}, and $$ for a dollar. An unknown group is empty.
std::string expand(std::string_view text, const RE2& regex, const Groups& groups) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '$') {
            out += text[at++];
            continue;
        }
        if (++at < text.size() && text[at] == '$') {
            out += text[at++];
            continue;
        }
        const bool braces = at < text.size() && text[at] == '{';
        const auto begin = at + (braces ? 1 : 0);
        auto end = begin;
        while (end < text.size() && is_word(text[end])) {
            ++end;
        }
        if (end == begin || (braces && (end == text.size() || text[end] != '}'))) {
            out += '$'; // no group at all
            continue;
        }
        const int group = group_of(regex, text.substr(begin, end - begin));
        if (group >= 0 && static_cast<std::size_t>(group) < groups.size()) {
            const auto& found = groups[static_cast<std::size_t>(group)];
            out.append(found.data(), found.size());
        }
        at = end + (braces ? 1 : 0);
    }
    return out;
}

} // namespace

bool is_label_name(std::string_view text) {
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
           std::all_of(text.begin(), text.end(), is_word);
}

Result<Relabel> make_label_replace(const std::string& destination, const std::string& replacement,
                                   const std::string& source, const std::string& pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemoryMax);
    const auto regex = std::make_shared<const RE2>(pattern, options);
    if (!regex->ok()) {
        return Error{"invalid regular expression in label_replace(): " + pattern};
    }
    if (!is_label_name(destination)) {
        return Error{"invalid destination label name in label_replace(): " + destination};
    }
    return Relabel([=](const metrics::Labels& labels) {
        const auto value = labels.get(source);
        Groups groups(static_cast<std::size_t>(regex->NumberOfCapturingGroups()) + 1);
        auto out = labels;
        if (regex->Match(re2::StringPiece(value.data(), value.size()), 0, value.size(),
                         RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()))) {
            out.set(destination, expand(replacement, *regex, groups));
        }
        return out;
    });
}

Result<Relabel> make_label_join(const std::string& destination, const std::string& separator,
                                const std::vector<std::string>& sources) {
    for (const auto& source : sources) {
        if (!is_label_name(source)) {
            return Error{"invalid source label name in label_join(): " + source};
        }
    }
    if (!is_label_name(destination)) {
        return Error{"invalid destination label name in label_join(): " + destination};
    }
    return Relabel([=](const metrics::Labels& labels) {
        std::string joined;
        for (std::size_t i = 0; i < sources.size(); ++i) {
            joined += i == 0 ? "" : separator;
            joined += labels.get(sources[i]);
        }
        auto out = labels;
        out.set(destination, joined);
        return out;
    });
}

} // namespace opsmon::promql
