#pragma once
// This component provides `Prefix`: a range of remote addresses, such as 203.0.113.0/24, as the key
// that top talkers are counted by. Pure.

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/address.hpp"

namespace opsmon::collect {

struct PrefixLengths {
    unsigned ipv4 = 24;
    unsigned ipv6 = 48;
};

struct Prefix {
    Address network;       // bits behind the prefix are 0
    std::uint8_t bits = 0; // of an IPv4 address: 0 to 32

    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Prefix&, const Prefix&) = default;
    friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

Prefix prefix_of(const Address& address, const PrefixLengths& lengths);

struct PrefixHash {
    std::size_t operator()(const Prefix& prefix) const noexcept;
};

} // namespace opsmon::collect
