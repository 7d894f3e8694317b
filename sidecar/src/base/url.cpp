#include "base/url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace opsmon {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;

bool has_odd_bytes(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f;
    });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (problem != std::errc() || end != text.data() + text.size() || port == 0) {
        return std::nullopt;
    }
    return port;
}

bool plausible_host(std::string_view host, bool bracketed) {
    return std::all_of(host.begin(), host.end(), [bracketed](char c) {
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return alnum || c == '.' || (bracketed ? c == ':' || c == '%' : c == '-' || c == '_');
    });
}

// Splits "host", "host:port", "[v6]", "[v6]:port"; port 0 where there is none.
std::optional<HostPort> split_authority(std::string_view text) {
    HostPort out;
    std::string_view rest;
    const bool bracketed = !text.empty() && text.front() == '[';
    if (bracketed) {
        const auto close = text.find(']');
        if (close == std::string_view::npos || close == 1) {
            return std::nullopt;
        }
        out.host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else {
        const auto colon = text.find(':');
        out.host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (!plausible_host(out.host, bracketed)) {
        return std::nullopt;
    }
    if (!rest.empty()) {
        const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
        if (!port) {
            return std::nullopt;
        }
        out.port = *port;
    }
    return out;
}

} // namespace

std::string Url::origin() const {
    return (tls ? "https://" : "http://") + HostPort{host, port}.to_string();
}

std::string HostPort::to_string() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    if (text.size() > kMaxUrlBytes || has_odd_bytes(text)) {
        return Error{"an address has at most 2048 bytes, printable ASCII, no spaces"};
    }
    if (text.starts_with("https://")) {
        url.tls = true;
        text.remove_prefix(8);
    } else if (text.starts_with("http://")) {
        text.remove_prefix(7);
    } else {
        return Error{"an address starts with http:// or https://"};
    }
    const auto end = text.find_first_of("/?#");
    const std::string_view authority = text.substr(0, end);
    std::string_view rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
    if (authority.find('@') != std::string_view::npos) {
        return Error{"an address holds no user or password"};
    }
    const auto host_port = split_authority(authority);
    if (!host_port || host_port->host.empty()) {
        return Error{"the host or port of the address is not valid; write http://host:port/path"};
    }
    url.host = host_port->host;
    url.port =
        host_port->port != 0 ? host_port->port : static_cast<std::uint16_t>(url.tls ? 443 : 80);
    rest = rest.substr(0, rest.find('#'));
    const auto question = rest.find('?');
    if (question != std::string_view::npos) {
        url.query = rest.substr(question);
    }
    url.path = rest.substr(0, question);
    if (url.path.empty()) {
        url.path = "/";
    }
    return url;
}

Result<HostPort> parse_host_port(std::string_view text) {
    auto parsed = split_authority(text);
    if (!parsed || parsed->port == 0) {
        return Error{"write host:port, such as 127.0.0.1:9788, [::1]:9788, or :9788 for every "
                     "address of the machine"};
    }
    return *parsed;
}

} // namespace opsmon
