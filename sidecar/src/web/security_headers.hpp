#pragma once
// This component holds the headers that every answer of the web server has, errors included: what a
// browser may not do with it. An answer that has one of them already keeps its own; the page has a
// policy that lets it run.

#include <array>
#include <string>
#include <utility>

#include <httplib.h>

namespace opsmon::web {

inline constexpr std::array<std::pair<const char*, const char*>, 7> kSecurityHeaders{{
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"}, // for browsers that know no frame-ancestors
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
                                "form-action 'none'"},
    {"Referrer-Policy", "no-referrer"}, // addresses hold expressions, and those names
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
}};

void add_security_headers(httplib::Response& response);

// The same as lines, for answers that are written by hand.
[[nodiscard]] std::string security_header_lines();

} // namespace opsmon::web
