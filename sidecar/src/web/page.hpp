#pragma once
// This component sends the page that people open: which bytes of an asset, and with which headers.
// The web server adds its routes. It asks no other host for anything, and neither can the page.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/dashboard_file.hpp"
#include "web/page_assets.hpp"
#include "web/routes.hpp"

namespace opsmon::web {

struct AssetAnswer {
    int status = 200;
    std::string_view body;
    std::vector<std::pair<std::string, std::string>> headers;
};

// From the request's headers Accept-Encoding and If-None-Match; either may be empty.
[[nodiscard]] AssetAnswer answer_asset(const Asset& asset, std::string_view accepted_encodings,
                                       std::string_view known_tags);

// `own_dashboard` is shown instead of the one that comes with the page, where there is one.
void add_page_routes(Routes& routes, DashboardSource own_dashboard);

} // namespace opsmon::web
