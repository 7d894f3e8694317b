#include "rules/template_regex.hpp"

#include "promql/go_regex.hpp"

namespace opsmon::rules {
namespace {

Result<promql::GoRegex> regex_of(const std::string& pattern) {
    auto regex = promql::GoRegex::anywhere(pattern);
    return regex ? regex : Error{"error parsing regexp: " + regex.error().message};
}

} // namespace

Result<bool> regex_found(const std::string& pattern, const std::string& text) {
    auto regex = regex_of(pattern);
    return regex ? Result<bool>(regex->found(text)) : regex.error();
}

Result<std::string> regex_replaced(const std::string& pattern, std::string_view replacement,
                                   const std::string& text) {
    auto regex = regex_of(pattern);
    return regex ? Result<std::string>(regex->replace_all(text, replacement)) : regex.error();
}

} // namespace opsmon::rules
