#include "collect/access_log/client_prefix.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr int kMaxHops = 16;
constexpr std::size_t kMaxAddressBytes = 45;
constexpr unsigned kMappedBits = 96;

bool parse_v4(std::string_view text, ClientAddress& out) {
    std::size_t at = 0;
    for (int octet = 0; octet < 4; ++octet) {
        if (octet > 0 && (at >= text.size() || text[at++] != '.')) {
            return false;
        }
        unsigned value = 0;
        std::size_t digits = 0;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 3) {
            value = value * 10 + static_cast<unsigned>(text[at++] - '0');
            ++digits;
        }
        if (digits == 0 || value > 255) {
            return false;
        }
        out.bytes[static_cast<std::size_t>(12 + octet)] = static_cast<std::uint8_t>(value);
    }
    out.bytes[10] = out.bytes[11] = 0xFF;
    // A port may follow.
    return at == text.size() || text[at] == ':';
}

bool parse_v6(std::string_view text, ClientAddress& out) {
    if (!text.empty() && text.front() == '[') {
        text = text.substr(1, text.find(']') - 1);
    }
    text = text.substr(0, text.find('%'));
    char copy[kMaxAddressBytes + 1];
    if (text.size() > kMaxAddressBytes) {
        return false;
    }
    std::copy(text.begin(), text.end(), copy);
    copy[text.size()] = '\0';
    return ::inet_pton(AF_INET6, copy, out.bytes.data()) == 1;
}

std::string_view last_hop(std::string_view& list) {
    const auto comma = list.rfind(',');
    const std::string_view hop = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    return trim(hop);
}

char* put_number(char* at, unsigned value) {
    if (value >= 100) {
        *at++ = static_cast<char>('0' + value / 100);
    }
    if (value >= 10) {
        *at++ = static_cast<char>('0' + value / 10 % 10);
    }
    *at++ = static_cast<char>('0' + value % 10);
    return at;
}

} // namespace

bool ClientAddress::is_v4() const {
    static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

std::optional<ClientAddress> parse_client_address(std::string_view text) {
    ClientAddress out;
    if (parse_v4(text, out)) {
        return out;
    }
    out = ClientAddress();
    return parse_v6(text, out) ? std::optional(out) : std::nullopt;
}

ClientPrefix::ClientPrefix(const std::vector<std::string>& trusted_proxies) {
    for (const std::string& text : trusted_proxies) {
        const auto slash = text.find('/');
        const auto address = parse_client_address(std::string_view(text).substr(0, slash));
        const auto bits = slash == std::string::npos
                              ? std::optional<unsigned long long>(128)
                              : parse_count(std::string_view(text).substr(slash + 1));
        if (!address || !bits || *bits > 128) {
            continue;
        }
        Network network{*address, static_cast<unsigned>(*bits)};
        if (slash != std::string::npos && address->is_v4()) {
            network.bits += kMappedBits;
        }
        trusted_.push_back(network);
    }
}

bool ClientPrefix::is_trusted(const ClientAddress& address) const {
    return std::any_of(trusted_.begin(), trusted_.end(), [&](const Network& network) {
        const unsigned whole = std::min(network.bits / 8, 16U);
        if (std::memcmp(network.address.bytes.data(), address.bytes.data(), whole) != 0) {
            return false;
        }
        const unsigned rest = network.bits % 8;
        return whole == 16 || rest == 0 ||
               (network.address.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
    });
}

std::string_view ClientPrefix::of(std::string_view client, std::string_view forwarded_for) {
    auto address = parse_client_address(client);
    if (!address) {
        return "unknown";
    }
    for (int hop = 0; hop < kMaxHops && !forwarded_for.empty() && is_trusted(*address); ++hop) {
        const auto before = parse_client_address(last_hop(forwarded_for));
        if (!before) {
            break;
        }
        address = before;
    }
    return write(*address);
}

std::string_view ClientPrefix::write(const ClientAddress& address) {
    char* at = buffer_.data();
    if (address.is_v4()) {
        for (std::size_t octet = 12; octet < 15; ++octet) {
            at = put_number(at, address.bytes[octet]);
            *at++ = '.';
        }
        static constexpr std::string_view kTail = "0/24";
        at = std::copy(kTail.begin(), kTail.end(), at);
        return {buffer_.data(), static_cast<std::size_t>(at - buffer_.data())};
    }
    std::array<std::uint8_t, 16> network{};
    std::copy_n(address.bytes.begin(), 6, network.begin());
    if (::inet_ntop(AF_INET6, network.data(), buffer_.data(), kMaxAddressBytes + 1) == nullptr) {
        return "unknown";
    }
    at += std::strlen(buffer_.data());
    static constexpr std::string_view kTail = "/48";
    at = std::copy(kTail.begin(), kTail.end(), at);
    return {buffer_.data(), static_cast<std::size_t>(at - buffer_.data())};
}

} // namespace opsmon::collect
