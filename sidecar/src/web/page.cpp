#include "web/page.hpp"

#include <algorithm>
#include <array>

#include "web/bounded_server.hpp"

namespace opsmon::web {
namespace {

// The same document is every page: what is shown depends on the address, in the browser.
constexpr std::array kPages = {"/", "/alerts", "/consumers", "/targets", "/graph"};

constexpr std::string_view kDashboard = "/dashboard.json";

// The page runs its own script, asks its own sidecar and stands in no frame of others. Scripts may
// not even make markup out of texts.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// Runs `found` on each part between separators until it says true.
template <typename Found>
bool any_part(std::string_view text, char separator, const Found& found) {
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (found(trim(text.substr(0, end)))) {
            return true;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return false;
}

// "q=0", "q=0.000": explicitly not.
bool is_refused(std::string_view weight) {
    return weight.starts_with("q=0") &&
           weight.substr(3).find_first_not_of(".0") == std::string_view::npos;
}

bool accepts_gzip(std::string_view accepted) {
    return any_part(accepted, ',', [](std::string_view part) {
        const auto end = std::min(part.find(';'), part.size());
        return trim(part.substr(0, end)) == "gzip" &&
               !any_part(part.substr(end), ';', [](auto each) { return is_refused(each); });
    });
}

bool knows(std::string_view known_tags, std::string_view tag) {
    return any_part(known_tags, ',', [&](std::string_view part) {
        if (part.starts_with("W/")) {
            part.remove_prefix(2);
        }
        return part == "*" || part == tag;
    });
}

// Not compressed: whoever changes it is near, and it is asked for once a page.
Asset asset_of(const DashboardFile& file) {
    return {kDashboard, "application/json", file.tag, file.content, {}};
}

void send(const Asset& asset, const httplib::Request& request, httplib::Response& response) {
    const auto answer = answer_asset(asset, request.get_header_value(kAcceptedEncodings),
                                     request.get_header_value("If-None-Match"));
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) {
        response.set_header(name.c_str(), value);
    }
    if (answer.status == 200) {
        response.set_content(answer.body.data(), answer.body.size(),
                             std::string(asset.type).c_str());
    }
}

} // namespace

AssetAnswer answer_asset(const Asset& asset, std::string_view accepted_encodings,
                         std::string_view known_tags) {
    const bool packed = !asset.gzip.empty() && accepts_gzip(accepted_encodings);
    // A tag stands for bytes, and these are others when they are compressed.
    const std::string tag = '"' + std::string(asset.tag) + (packed ? "-gzip\"" : "\"");
    AssetAnswer out;
    out.headers = {{"ETag", tag},
                   {"Cache-Control", "no-cache"}, // kept, but asked about: an upgrade shows at once
                   {"Vary", "Accept-Encoding"},
                   {"Content-Security-Policy", kPolicy}};
    if (knows(known_tags, tag)) {
        out.status = 304;
        return out;
    }
    out.body = packed ? asset.gzip : asset.content;
    if (packed) {
        out.headers.emplace_back("Content-Encoding", "gzip");
    }
    return out;
}

void add_page_routes(Routes& routes, DashboardSource own_dashboard) {
    for (const Asset& asset : page_assets()) {
        Routes::Handler handler = [&asset](const httplib::Request& request,
                                           httplib::Response& response) {
            send(asset, request, response);
        };
        if (asset.path == kDashboard && own_dashboard) {
            handler = [&asset, own_dashboard](const httplib::Request& request,
                                              httplib::Response& response) {
                const auto own = own_dashboard();
                send(own ? asset_of(*own) : asset, request, response);
            };
        }
        if (asset.path == "/") {
            for (const char* path : kPages) {
                routes.get(path, handler);
            }
        } else {
            routes.get(std::string(asset.path), handler);
        }
    }
}

} // namespace opsmon::web
