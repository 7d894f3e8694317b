#pragma once
// This component provides one label matcher of a selector: `name="value"`, `!=`, `=~`, `!~`.
// Regular expressions are RE2 and match the whole value, as in Prometheus. A label that is absent
// is "".

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace opsmon::promql {

// What one compiled regular expression may use; a larger one is refused.
inline constexpr std::int64_t kRegexMemoryMax = 1 << 20;

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
    std::shared_ptr<const re2::RE2> regex_;
};

} // namespace opsmon::promql
