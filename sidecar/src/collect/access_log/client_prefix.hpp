#pragma once
// This component tells which network a request came from: the /24 or /48 of the client, which is
// the peer, or, where the peer is a proxy that the settings trust, whom that proxy names. Nobody
// else is believed: anybody can send an X-Forwarded-For. Pure, and without an allocation.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::collect {

// An IPv4 address is ::ffff:a.b.c.d here.
struct ClientAddress {
    std::array<std::uint8_t, 16> bytes{};
    [[nodiscard]] bool is_v4() const;
};

// Also with a port behind it, or in brackets. Nothing for anything else, such as "unix:".
std::optional<ClientAddress> parse_client_address(std::string_view text);

class ClientPrefix {
public:
    // `trusted_proxies`: addresses and networks; what is none is left out.
    explicit ClientPrefix(const std::vector<std::string>& trusted_proxies);

    // "203.0.113.0/24"; "unknown" when the client is no address. Holds until the next call.
    std::string_view of(std::string_view client, std::string_view forwarded_for);

private:
    struct Network {
        ClientAddress address;
        unsigned bits = 128;
    };

    [[nodiscard]] bool is_trusted(const ClientAddress& address) const;
    std::string_view write(const ClientAddress& address);

    std::vector<Network> trusted_;
    std::array<char, 64> buffer_{};
};

} // namespace opsmon::collect
