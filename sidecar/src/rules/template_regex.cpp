#include "rules/template_regex.hpp"

namespace opsmon::rules {
namespace {

Result<promql::GoRegex> compile(const std::string& pattern) {
    auto regex = promql::GoRegex::anywhere(pattern);
    return regex ? regex : Error{"error parsing regexp: " + regex.error().message};
}

Result<promql::GoRegex> regex_of(TemplateRegexes* regexes, const std::string& pattern) {
    return regexes != nullptr ? regexes->compiled(pattern) : compile(pattern);
}

} // namespace

Result<promql::GoRegex> TemplateRegexes::compiled(const std::string& pattern) {
    if (const auto known = kept_.find(pattern); known != kept_.end()) {
        return known->second;
    }
    auto regex = compile(pattern);
    if (regex) {
        if (kept_.size() == kKeptMax) {
            kept_.clear();
        }
        kept_.emplace(pattern, *regex);
    }
    return regex;
}

Result<bool> regex_found(TemplateRegexes* regexes, const std::string& pattern,
                         const std::string& text) {
    auto regex = regex_of(regexes, pattern);
    return regex ? Result<bool>(regex->found(text)) : regex.error();
}

Result<std::string> regex_replaced(TemplateRegexes* regexes, const std::string& pattern,
                                   std::string_view replacement, const std::string& text) {
    auto regex = regex_of(regexes, pattern);
    return regex ? Result<std::string>(regex->replace_all(text, replacement)) : regex.error();
}

} // namespace opsmon::rules
