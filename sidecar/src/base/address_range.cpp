#include "base/address_range.hpp"

#include <string>

#include <arpa/inet.h>

#include "base/text.hpp"

namespace opsmon {
namespace {

constexpr std::size_t kMaxTextBytes = 64;
constexpr unsigned kAddressBits = 128;

Error not_a_range(std::string_view text) {
    return Error{"'" + std::string(text.substr(0, kMaxTextBytes)) +
                 "' is not a range of addresses; write 10.0.0.0/8 or 2001:db8::/32"};
}

bool has_bits_beyond(const Address& address, unsigned bits) {
    for (unsigned bit = bits; bit < kAddressBits; ++bit) {
        if ((address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return true;
        }
    }
    return false;
}

} // namespace

bool AddressRange::contains(const Address& address) const {
    return address.is_ipv4() == base.is_ipv4() && same_prefix(base, address, bits);
}

Result<AddressRange> parse_address_range(std::string_view text) {
    const auto slash = text.find('/');
    const std::string address(text.substr(0, slash));
    if (text.size() > kMaxTextBytes || address.find('\0') != std::string::npos) {
        return not_a_range(text);
    }
    AddressRange out;
    std::uint8_t v4[4];
    const bool dotted = ::inet_pton(AF_INET, address.c_str(), v4) == 1;
    if (dotted) {
        out.base = address_from_ipv4(v4);
    } else if (::inet_pton(AF_INET6, address.c_str(), out.base.bytes.data()) != 1) {
        return not_a_range(text);
    }
    const unsigned before = dotted ? kIpv4At_bits : 0;
    out.bits = kAddressBits;
    if (slash != std::string_view::npos) {
        const auto bits = parse_count(text.substr(slash + 1));
        if (!bits || *bits > kAddressBits - before) {
            return not_a_range(text);
        }
        out.bits = static_cast<unsigned>(*bits) + before;
    }
    if (has_bits_beyond(out.base, out.bits)) {
        return Error{"'" + std::string(text) + "' has address bits beyond /" +
                     std::to_string(out.bits - before) + "; a range starts with its first address"};
    }
    return out;
}

} // namespace opsmon
