#pragma once
// This component understands /proc/net/dev: the kernel's counters of every interface. The network
// collector reads it each cycle. It adds nothing up and remembers nothing.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace opsmon::collect {

enum class Counter : std::size_t {
    BytesReceived,
    PacketsReceived,
    ReceiveErrors,
    ReceiveDrops,
    BytesSent,
    PacketsSent,
    SendErrors,
    SendDrops,
};
inline constexpr std::size_t kCounters = 8;

struct InterfaceCounters {
    std::string interface;
    std::array<std::uint64_t, kCounters> counters{};

    [[nodiscard]] std::uint64_t operator[](Counter counter) const {
        return counters[static_cast<std::size_t>(counter)];
    }
};

// At most `kMaxInterfaces` of them; a text with more is an error, as is one that is cut short.
inline constexpr std::size_t kMaxInterfaces = 20'000;
Result<std::vector<InterfaceCounters>> parse_net_dev(std::string_view net_dev);

} // namespace opsmon::collect
