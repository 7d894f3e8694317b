#pragma once
// This component understands the kernel's list of TCP sockets (inet_diag over netlink): messages
// in, one `SocketFacts` per socket out. The dump in inet_diag_dump.hpp reads with it. Pure: it
// opens no socket, keeps nothing, and never looks past the end of what it was given.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.hpp"
#include "base/result.hpp"

namespace opsmon::collect {

// As the kernel numbers them.
enum class TcpState : std::uint8_t {
    Established = 1,
    SynSent,
    SynReceived,
    FinWait1,
    FinWait2,
    TimeWait,
    Closed,
    CloseWait,
    LastAck,
    Listen,
    Closing,
};
inline constexpr std::size_t kTcpStates = 12; // with the unused 0

std::string_view to_string(TcpState state);

struct SocketFacts {
    TcpState state = TcpState::Closed;
    Address local{};
    Address remote{};
    std::uint16_t local_port = 0;
    std::uint16_t remote_port = 0;
    std::uint32_t receive_queue = 0; // of a listening socket: connections that wait for accept()
    std::uint32_t send_queue = 0;    // of a listening socket: how many may wait
    std::uint64_t cookie = 0;        // the same as long as the socket lives
    std::optional<std::uint64_t> sent_bytes;     // acknowledged by the peer
    std::optional<std::uint64_t> received_bytes; // in order
};

enum class DumpProgress { MoreToCome, Complete };

// One datagram of netlink: whole messages. A message that does not hold together is an error, and
// so is one that the kernel marks as the end of a dump it had to break off.
Result<DumpProgress> parse_inet_diag(std::span<const std::uint8_t> datagram,
                                     const std::function<void(const SocketFacts&)>& visit);

} // namespace opsmon::collect
