#pragma once
// This component provides a parsed and checked PromQL expression, which knows the metrics it reads.
// Rules keep them, the evaluator runs them. There is no unchecked one.

#include "base/result.hpp"
#include "promql/ast.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::promql {

// A checked expression; the only way to get one is parse(). Copies share the tree.
class Expression {
public:
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const Expr& root() const { return *root_; }
    [[nodiscard]] ValueType type() const { return root_->type; }

    // The metrics it names. A selector without a fixed name adds nothing here; may_read() covers
    // it.
    [[nodiscard]] const std::set<std::string>& metric_names() const { return metric_names_; }
    [[nodiscard]] bool may_read(std::string_view metric_name) const;
    // The same of its series with this label.
    [[nodiscard]] bool may_read(std::string_view metric_name, std::string_view label,
                                std::string_view value) const;
    // Whether it may give a label another value than the series that it reads have.
    [[nodiscard]] bool may_write(std::string_view label) const;

private:
    friend Result<Expression> parse(std::string_view text);
    Expression() = default;

    std::string text_;
    ExprPtr root_;
    std::set<std::string> metric_names_;
    std::vector<const VectorSelector*> selectors_; // parts of root_
};

[[nodiscard]] Result<Expression> parse(std::string_view text);

} // namespace opsmon::promql
