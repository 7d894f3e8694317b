#pragma once
// This component provides lists of label matchers as Alertmanager writes them: routes, inhibition
// and silences use it. All matchers of a list have to match; a label that is absent is "". It
// reads Alertmanager 0.25's text form (`a="b"`, `{a=~"x|y", c!="d"}`), quotes optional. Pure.

#include "base/result.hpp"
#include "metrics/labels.hpp"
#include "promql/matcher.hpp"
#include "promql/relabel.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace opsmon::notify {

using Matchers = std::vector<promql::Matcher>;

[[nodiscard]] Result<Matchers> parse_matchers(std::string_view text);

using promql::is_label_name;

[[nodiscard]] bool matches(const Matchers& matchers, const metrics::Labels& labels);

// `a="b"`, and all of them as `{a="b",c!="d"}`.
[[nodiscard]] std::string to_string(const promql::Matcher& matcher);
[[nodiscard]] std::string to_string(const Matchers& matchers);

// In quotes, with \ " and line ends escaped.
[[nodiscard]] std::string quoted(std::string_view value);

} // namespace opsmon::notify
