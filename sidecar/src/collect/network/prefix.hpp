#pragma once
// This component provides `Prefix`: a range of remote addresses, such as 203.0.113.0/24, as the key
// that top talkers are counted by. An IPv4 address that comes in IPv6 clothes is an IPv4 address.
// Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace opsmon::collect {

// 16 bytes in network order; an IPv4 address is ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;

AddressBytes address_from_ipv4(const std::uint8_t* four_bytes);
bool is_ipv4(const AddressBytes& address);
bool is_loopback(const AddressBytes& address);
bool is_unspecified(const AddressBytes& address); // 0.0.0.0 or ::
bool is_public(const AddressBytes& address);

struct PrefixLengths {
    unsigned ipv4 = 24;
    unsigned ipv6 = 48;
};

struct Prefix {
    AddressBytes network{}; // bits behind the prefix are 0
    std::uint8_t bits = 0;  // of an IPv4 address: 0 to 32

    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Prefix&, const Prefix&) = default;
    friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

Prefix prefix_of(const AddressBytes& address, const PrefixLengths& lengths);

struct PrefixHash {
    std::size_t operator()(const Prefix& prefix) const noexcept;
};

} // namespace opsmon::collect
