#pragma once
// This component provides `Url`: an http or https address taken apart. The configuration checks the
// services' addresses with it and the HTTP client calls them. It never accepts a user or a
// password.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace opsmon {

struct Url {
    bool tls = false;
    std::string host; // without the brackets of an IPv6 address
    std::uint16_t port = 0;
    std::string path = "/";
    std::string query; // with its question mark, or empty

    [[nodiscard]] std::string origin() const; // https://host:port
    [[nodiscard]] std::string target() const { return path + query; }
    friend bool operator==(const Url&, const Url&) = default;
};

Result<Url> parse_url(std::string_view text);

struct HostPort {
    std::string host; // empty: every address of the machine
    std::uint16_t port = 0;

    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const HostPort&, const HostPort&) = default;
};

// "127.0.0.1:9788", "[::1]:9788", ":9788".
Result<HostPort> parse_host_port(std::string_view text);

} // namespace opsmon
