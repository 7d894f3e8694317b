#pragma once
// This component provides `AddressRange`: a range of IPv4 or IPv6 addresses as people write it,
// 10.0.0.0/8 or 2001:db8::/32. The settings, and the collectors of the network and of access logs,
// use it. It looks nothing up.

#include <string_view>

#include "base/address.hpp"
#include "base/result.hpp"

namespace opsmon {

struct AddressRange {
    Address base;
    unsigned bits = 0; // of all 128; those of an IPv4 range are 96 more than what people write

    // An IPv6 range, however large, holds no IPv4 address.
    [[nodiscard]] bool contains(const Address& address) const;
    friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

// One address alone is a range as well. Bits of the address beyond the prefix are refused: they are
// mostly a slip of the pen.
Result<AddressRange> parse_address_range(std::string_view text);

} // namespace opsmon
