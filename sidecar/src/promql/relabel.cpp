#include "promql/relabel.hpp"

#include "promql/go_regex.hpp"

#include <algorithm>

namespace opsmon::promql {
namespace {

bool is_word(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

bool is_label_name(std::string_view text) {
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
           std::all_of(text.begin(), text.end(), is_word);
}

Result<Relabel> make_label_replace(const std::string& destination, const std::string& replacement,
                                   const std::string& source, const std::string& pattern) {
    auto regex = GoRegex::whole(pattern);
    if (!regex) {
        return Error{"invalid regular expression in label_replace(): " + pattern};
    }
    if (!is_label_name(destination)) {
        return Error{"invalid destination label name in label_replace(): " + destination};
    }
    return Relabel([=, compiled = *regex](const metrics::Labels& labels) {
        auto out = labels;
        if (const auto value = compiled.expand_first(labels.get(source), replacement)) {
            out.set(destination, *value);
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
