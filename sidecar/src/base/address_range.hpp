#pragma once
// This component provides `AddressRange`: a range of IPv4 or IPv6 addresses as people write it,
// 10.0.0.0/8 or 2001:db8::/32. The settings and the network collector use it. It looks nothing up.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "base/result.hpp"

namespace opsmon {

// An address of either family; an IPv4 address in an IPv6 one (::ffff:1.2.3.4) is the IPv4 address.
struct Address {
    sa_family_t family = AF_UNSPEC; // AF_INET or AF_INET6
    std::array<std::uint8_t, 16> bytes{};
    friend bool operator==(const Address&, const Address&) = default;
};

// AF_UNSPEC for null and for any other family.
Address address_of(const sockaddr* socket_address);

struct AddressRange {
    Address base;
    unsigned bits = 0;

    [[nodiscard]] bool contains(const Address& address) const;
    friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

// One address alone is a range as well. Bits of the address beyond the prefix are refused: they are
// mostly a slip of the pen.
Result<AddressRange> parse_address_range(std::string_view text);

} // namespace opsmon
