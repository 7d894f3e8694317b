#pragma once
// This component provides `Address`, an IPv4 or IPv6 address as the kernel, a log or the settings
// have it. Whoever compares, groups or shows addresses uses it. It looks nothing up.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <sys/socket.h>

namespace opsmon {

// In network order. An IPv4 address is ::ffff:a.b.c.d, also where it came in such clothes.
struct Address {
    std::array<std::uint8_t, 16> bytes{};

    [[nodiscard]] bool is_ipv4() const;
    friend bool operator==(const Address&, const Address&) = default;
    friend auto operator<=>(const Address&, const Address&) = default;
};

inline constexpr std::size_t kIpv4At = 12; // where its four bytes begin
inline constexpr unsigned kIpv4At_bits = 96;

Address address_from_ipv4(const std::uint8_t* four_bytes);

// None for null and for any other family.
std::optional<Address> address_of(const sockaddr* socket_address);

bool is_loopback(const Address& address);
bool is_unspecified(const Address& address); // 0.0.0.0 or ::

bool same_prefix(const Address& a, const Address& b, unsigned bits); // of all 128

} // namespace opsmon
