#pragma once
// This component provides the table of functions a template may call: Go's own, Prometheus' and
// Alertmanager's. The parser checks names against it, the evaluator calls through it.

#include "rules/template.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace opsmon::rules {

struct TemplateFunction {
    static constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

    std::string_view name;
    std::size_t args_min;
    std::size_t args_max;
    Result<TemplateValue> (*run)(const TemplateContext& context,
                                 std::span<const TemplateValue> args);
    // and, or: the evaluator stops at the first argument that decides
    bool decides_early = false;
    std::optional<TemplateDialect> only_in{}; // nothing: in both
};

[[nodiscard]] const TemplateFunction* find_template_function(std::string_view name,
                                                             TemplateDialect dialect);

// Those about addresses and links, and the rest of Go's own: a part of the table.
[[nodiscard]] std::span<const TemplateFunction> link_functions();

} // namespace opsmon::rules
