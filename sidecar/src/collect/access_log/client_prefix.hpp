#pragma once
// This component tells which network a request came from: the /24 or /48 of the client, which is
// the peer, or, where the peer is a proxy that the settings trust, whom that proxy names. Nobody
// else is believed: anybody can send an X-Forwarded-For. Pure, and without an allocation.

#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address_range.hpp"

namespace opsmon::collect {

// Also with a port behind it, or in brackets. Nothing for anything else, such as "unix:".
std::optional<Address> parse_client_address(std::string_view text);

class ClientPrefix {
public:
    explicit ClientPrefix(std::vector<AddressRange> trusted_proxies)
        : trusted_(std::move(trusted_proxies)) {}

    // "203.0.113.0/24"; "unknown" when the client is no address. Holds until the next call.
    std::string_view of(std::string_view client, std::string_view forwarded_for);

private:
    [[nodiscard]] bool is_trusted(const Address& address) const;
    std::string_view write(const Address& address);

    std::vector<AddressRange> trusted_;
    std::array<char, 64> buffer_{};
};

} // namespace opsmon::collect
