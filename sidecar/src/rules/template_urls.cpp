#include "rules/template_urls.hpp"

#include "promql/go_regex.hpp"
#include "promql/utf8.hpp"

#include <algorithm>
#include <array>
#include <arpa/inet.h>
#include <cstdio>
#include <optional>
#include <utility>

namespace opsmon::rules {
namespace {

bool is_ip(const std::string& text) {
    std::array<unsigned char, 16> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

// Nothing for what has no port, or is no host:port.
std::optional<std::pair<std::string, std::string>> split_host_port(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    if (host.starts_with('[')) {
        if (!host.ends_with(']')) {
            return std::nullopt;
        }
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
        return std::nullopt;
    }
    if (host.find_first_of("[]") != std::string::npos) {
        return std::nullopt;
    }
    return std::pair(host, text.substr(colon + 1));
}

} // namespace

std::string strip_domain(const std::string& host_port) {
    const auto parts = split_host_port(host_port);
    const auto host = parts ? parts->first : host_port;
    if (is_ip(host)) {
        return host_port;
    }
    const auto name = host.substr(0, host.find('.'));
    if (!parts || parts->second.empty()) {
        return name;
    }
    return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + parts->second;
}

std::string path_of_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        const auto slash = url.find_first_of("/?#", scheme + 3);
        url = slash == std::string_view::npos ? std::string_view() : url.substr(slash);
    }
    return std::string(url.substr(0, url.find_first_of("?#")));
}

std::string query_escaped(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
        }
    }
    return out;
}

std::string table_link(std::string_view expression) {
    return "/graph?g0.expr=" + query_escaped(expression) + "&g0.tab=1";
}

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "&#34;";
            break;
        case '\'':
            out += "&#39;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '\0':
            out += "\xEF\xBF\xBD";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string js_escaped(std::string_view text) {
    static const auto printable = promql::GoRegex::anywhere("^[\\pL\\pM\\pN\\pP\\pS]");
    std::string out;
    while (!text.empty()) {
        const auto length = std::max<std::size_t>(1, promql::character_length(text));
        const auto character = text.substr(0, length);
        text.remove_prefix(length);
        if (character == "\\" || character == "'" || character == "\"") {
            out += '\\';
        }
        const char first = character[0];
        const bool as_is = length > 1 ? printable->found(character)
                                      : first >= ' ' && std::string_view("<>&=").find(first) ==
                                                            std::string_view::npos;
        if (as_is) {
            out += character;
        } else {
            std::array<char, 16> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04X",
                          static_cast<unsigned>(promql::code_point(character)));
            out += escape.data();
        }
    }
    return out;
}

} // namespace opsmon::rules
