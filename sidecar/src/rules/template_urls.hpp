#pragma once
// This component provides the text functions about addresses that templates of Prometheus have:
// parts of host:port, links to an expression, escapes. The table of template functions calls them.

#include <string>
#include <string_view>

namespace opsmon::rules {

// "db-1.example.com:5432" becomes "db-1:5432"; an IP address stays as it is.
[[nodiscard]] std::string strip_domain(const std::string& host_port);
[[nodiscard]] std::string path_of_url(std::string_view url);
[[nodiscard]] std::string query_escaped(std::string_view text);
// Prometheus' page that shows an expression as a table.
[[nodiscard]] std::string table_link(std::string_view expression);
[[nodiscard]] std::string html_escaped(std::string_view text);
[[nodiscard]] std::string js_escaped(std::string_view text); // for what stands in quotes

} // namespace opsmon::rules
