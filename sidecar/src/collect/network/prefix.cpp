#include "collect/network/prefix.hpp"

#include <algorithm>
#include <string_view>

#include <arpa/inet.h>

namespace opsmon::collect {

std::string Prefix::to_string() const {
    char text[INET6_ADDRSTRLEN] = {};
    if (network.is_ipv4()) {
        ::inet_ntop(AF_INET, network.bytes.data() + kIpv4At, text, sizeof text);
    } else {
        ::inet_ntop(AF_INET6, network.bytes.data(), text, sizeof text);
    }
    return std::string(text) + '/' + std::to_string(bits);
}

Prefix prefix_of(const Address& address, const PrefixLengths& lengths) {
    const bool v4 = address.is_ipv4();
    Prefix out{address, static_cast<std::uint8_t>(v4 ? std::min(lengths.ipv4, 32U)
                                                     : std::min(lengths.ipv6, 128U))};
    const unsigned kept_bits = out.bits + (v4 ? kIpv4At_bits : 0);
    for (unsigned i = 0; i < out.network.bytes.size(); ++i) {
        const unsigned first_bit = i * 8;
        if (first_bit >= kept_bits) {
            out.network.bytes[i] = 0;
        } else if (kept_bits - first_bit < 8) {
            out.network.bytes[i] &=
                static_cast<std::uint8_t>(0xff << (8 - (kept_bits - first_bit)));
        }
    }
    return out;
}

std::size_t PrefixHash::operator()(const Prefix& prefix) const noexcept {
    const auto* bytes = reinterpret_cast<const char*>(prefix.network.bytes.data());
    return std::hash<std::string_view>{}({bytes, prefix.network.bytes.size()}) * 31 + prefix.bits;
}

} // namespace opsmon::collect
