// The kernel's list of sockets: whatever bytes come as a datagram, each socket handed on has a
// state that has a name, and a datagram cannot hold more sockets than fit into it.
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "collect/network/inet_diag.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kSmallestSocketBytes = 16 + 72; // nlmsghdr and inet_diag_msg
    std::vector<std::uint8_t> datagram(size);             // exactly as long: an overrun is seen
    if (size > 0) {
        std::memcpy(datagram.data(), data, size);
    }
    std::size_t sockets = 0;
    const auto parsed = opsmon::collect::parse_inet_diag(
        datagram, [&sockets](const opsmon::collect::SocketFacts& socket) {
            ++sockets;
            if (opsmon::collect::to_string(socket.state).empty()) {
                __builtin_trap();
            }
        });
    if (sockets * kSmallestSocketBytes > size) {
        __builtin_trap();
    }
    if (!parsed && parsed.error().message.empty()) {
        __builtin_trap();
    }
    return 0;
}
