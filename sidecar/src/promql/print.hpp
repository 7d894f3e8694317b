#pragma once
// This component writes a PromQL expression as Prometheus prints it: the same for all the ways to
// write the same tree, but that parentheses stay. The rules API shows expressions so.

#include "promql/ast.hpp"

#include <string>

namespace opsmon::promql {

[[nodiscard]] std::string print(const Expr& expr);

} // namespace opsmon::promql
