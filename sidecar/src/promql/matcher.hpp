#pragma once
// This component provides one label matcher of a selector: `name="value"`, `!=`, `=~`, `!~`.
// Regular expressions match the whole value, as in Prometheus. A label that is absent is "".

#include "promql/go_regex.hpp"

namespace opsmon::promql {

enum class MatchKind { Equal, NotEqual, Regex, NotRegex };

class Matcher {
public:
    [[nodiscard]] static Result<Matcher> make(std::string name, MatchKind kind, std::string value);

    [[nodiscard]] bool matches(std::string_view value) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] MatchKind kind() const { return kind_; }
    [[nodiscard]] const std::string& value() const { return value_; }

private:
    Matcher() = default;

    std::string name_;
    MatchKind kind_ = MatchKind::Equal;
    std::string value_;
    std::optional<GoRegex> regex_;
};

} // namespace opsmon::promql
