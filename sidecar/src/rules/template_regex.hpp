#pragma once
// This component provides the regular expressions of templates: those of Go, which match
// anywhere in the text, unlike those of label matchers. Whoever expands the same templates again
// and again keeps a `TemplateRegexes`, so that each is compiled once; it belongs to one thread.

#include "base/result.hpp"
#include "promql/go_regex.hpp"

#include <map>
#include <string>
#include <string_view>

namespace opsmon::rules {

class TemplateRegexes {
public:
    // A pattern can be made of labels, of which there are ever new ones: so many are kept.
    static constexpr std::size_t kKeptMax = 32;

    [[nodiscard]] Result<promql::GoRegex> compiled(const std::string& pattern);
    [[nodiscard]] std::size_t size() const { return kept_.size(); }

private:
    std::map<std::string, promql::GoRegex> kept_;
};

// Without `regexes` the pattern is compiled each time.
[[nodiscard]] Result<bool> regex_found(TemplateRegexes* regexes, const std::string& pattern,
                                       const std::string& text);
[[nodiscard]] Result<std::string> regex_replaced(TemplateRegexes* regexes,
                                                 const std::string& pattern,
                                                 std::string_view replacement,
                                                 const std::string& text);

} // namespace opsmon::rules
