#include "promql/matcher.hpp"

namespace opsmon::promql {

Result<Matcher> Matcher::make(std::string name, MatchKind kind, std::string value) {
    Matcher matcher;
    matcher.name_ = std::move(name);
    matcher.kind_ = kind;
    matcher.value_ = std::move(value);
    if (kind == MatchKind::Regex || kind == MatchKind::NotRegex) {
        auto regex = GoRegex::whole_and_itself(matcher.value_);
        if (!regex) {
            return Error{"invalid regular expression \"" + matcher.value_ +
                         "\": " + regex.error().message};
        }
        matcher.regex_ = std::move(*regex);
    }
    return matcher;
}

bool Matcher::matches(std::string_view value) const {
    switch (kind_) {
    case MatchKind::Equal:
        return value == value_;
    case MatchKind::NotEqual:
        return value != value_;
    case MatchKind::Regex:
        return regex_->found(value);
    case MatchKind::NotRegex:
        return !regex_->found(value);
    }
    return false;
}

} // namespace opsmon::promql
