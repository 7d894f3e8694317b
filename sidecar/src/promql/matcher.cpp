#include "promql/matcher.hpp"

#include <re2/re2.h>

namespace opsmon::promql {

Result<Matcher> Matcher::make(std::string name, MatchKind kind, std::string value) {
    Matcher matcher;
    matcher.name_ = std::move(name);
    matcher.kind_ = kind;
    matcher.value_ = std::move(value);
    if (kind == MatchKind::Regex || kind == MatchKind::NotRegex) {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kRegexMemoryMax);
        auto regex = std::make_shared<const RE2>(matcher.value_, options);
        if (!regex->ok()) {
            return Error{"invalid regular expression \"" + matcher.value_ +
                         "\": " + regex->error()};
        }
        matcher.regex_ = std::move(regex);
    }
    return matcher;
}

bool Matcher::matches(std::string_view value) const {
    const auto full_match = [&] {
        return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_);
    };
    switch (kind_) {
    case MatchKind::Equal:
        return value == value_;
    case MatchKind::NotEqual:
        return value != value_;
    case MatchKind::Regex:
        return full_match();
    case MatchKind::NotRegex:
        return !full_match();
    }
    return false;
}

} // namespace opsmon::promql
