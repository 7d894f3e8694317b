#pragma once
// This component provides `Template`: a text with {{ actions }} in the subset of Go's text/template
// that Prometheus rule files and Alertmanager files use. Rules expand labels and annotations with
// it, notifications their title and text. It reads no clock and no file.

#include "base/result.hpp"
#include "promql/value.hpp"
#include "rules/template_ast.hpp"
#include "rules/template_value.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opsmon::rules {

class TemplateRegexes;

inline constexpr std::size_t kMaxTemplateOutputBytes = 64 * 1024;
inline constexpr int kMaxTemplateNesting = 100;
inline constexpr int kMaxTemplateSteps = 100'000; // a bound on loops within loops

// Where a template stands decides which names it may use: a rule has $labels and $value and may
// query; a notification has neither.
enum class TemplateDialect { Rule, Notification };

struct TemplateContext {
    TemplateValue data; // the first dot, and $
    std::vector<std::pair<std::string, TemplateValue>> variables;
    std::function<Result<promql::Vector>(const std::string& expression)> query = {};
    std::string external_url = {};
    // What is too long, or takes too many steps, ends there and is no fault.
    bool cut_output = false;
    TemplateRegexes* regexes = nullptr; // of who expands the same templates again
};

class Template {
public:
    // `known` is what {{template}} may call, besides what the text itself defines.
    [[nodiscard]] static Result<Template> parse(std::string_view text, TemplateDialect dialect,
                                                const TemplateDefinitions& known = {});

    // What went wrong while expanding is said in the text itself, as Prometheus does: a message
    // with a hole is better than no message.
    [[nodiscard]] std::string expand(const TemplateContext& context) const;
    [[nodiscard]] Result<std::string> try_expand(const TemplateContext& context) const;

    [[nodiscard]] const std::string& text() const { return text_; }
    friend bool operator==(const Template& a, const Template& b) { return a.text_ == b.text_; }

private:
    Template() = default;

    std::string text_;
    std::shared_ptr<const TemplateList> nodes_;
    std::shared_ptr<const TemplateDefinitions> definitions_;
};

// Adds what a file of {{define}}s holds; a name that is known already is replaced.
[[nodiscard]] Result<void> add_definitions(std::string_view text, TemplateDefinitions& into);

// The first {{template}} in `definitions` that calls what is not there.
[[nodiscard]] Result<void> check_definitions(const TemplateDefinitions& definitions);

} // namespace opsmon::rules
