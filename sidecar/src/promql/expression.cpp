#include "promql/expression.hpp"

#include "promql/parser.hpp"

#include <algorithm>

namespace opsmon::promql {
namespace {

void collect_selectors(const Expr& expr, std::vector<const VectorSelector*>& out) {
    if (const auto* selector = selector_of(expr)) {
        out.push_back(selector);
    }
    for_each_operand(expr, [&out](const Expr& operand) { collect_selectors(operand, out); });
}

} // namespace

bool Expression::may_read(std::string_view metric_name) const {
    return std::any_of(selectors_.begin(), selectors_.end(), [&](const VectorSelector* selector) {
        return std::all_of(
            selector->matchers.begin(), selector->matchers.end(), [&](const Matcher& matcher) {
                return matcher.name() != metrics::kMetricName || matcher.matches(metric_name);
            });
    });
}

Result<Expression> parse(std::string_view text) {
    auto root = parse_tree(text);
    if (!root) {
        return root.error();
    }
    Expression out;
    out.text_ = text;
    out.root_ = std::move(*root);
    collect_selectors(*out.root_, out.selectors_);
    for (const auto* selector : out.selectors_) {
        if (!selector->metric_name.empty()) {
            out.metric_names_.insert(selector->metric_name);
        }
    }
    return out;
}

} // namespace opsmon::promql
