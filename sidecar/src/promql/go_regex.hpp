#pragma once
// This component provides regular expressions as Go's regexp has them: RE2, without the little that
// RE2 takes and Go does not, and Go's way to write a replacement. Label matchers, label_replace()
// and the functions of templates use it.

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace opsmon::promql {

// What one compiled regular expression may use; a larger one is refused.
inline constexpr std::int64_t kRegexMemoryMax = 1 << 20;

class GoRegex {
public:
    // Matches anywhere in a text.
    [[nodiscard]] static Result<GoRegex> anywhere(std::string_view pattern);
    // Matches the whole text: the pattern is put into ^(?:…)$, as Prometheus does, and what only
    // makes sense there is taken: a)|(b.
    [[nodiscard]] static Result<GoRegex> whole(std::string_view pattern);
    // As `whole`, and the pattern must be one by itself.
    [[nodiscard]] static Result<GoRegex> whole_and_itself(std::string_view pattern);

    [[nodiscard]] bool found(std::string_view text) const;

    // In a replacement $1, ${1}, $name and ${name} stand for a group, $$ for a dollar; a group that
    // does not exist is empty.
    [[nodiscard]] std::string replace_all(std::string_view text,
                                          std::string_view replacement) const;
    // The replacement alone, for the first match; nothing where there is none.
    [[nodiscard]] std::optional<std::string> expand_first(std::string_view text,
                                                          std::string_view replacement) const;

private:
    explicit GoRegex(std::shared_ptr<const re2::RE2> regex) : regex_(std::move(regex)) {}

    std::shared_ptr<const re2::RE2> regex_; // never null
};

} // namespace opsmon::promql
