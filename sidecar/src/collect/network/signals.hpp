#pragma once
// This component provides `Signals`: the few readings of other collectors that attack suspicion is
// judged by. Whoever measures one puts it here, the attack collector takes the newest. It judges
// nothing, and forgets nothing by itself: each reading carries its time.

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"

namespace opsmon::collect {

enum class Signal : std::size_t {
    TopPrefixConnections, // connections that the busiest public prefix has opened; detail: it
    TopPrefixShare,       // its share of all connections that public peers have opened, 0 to 1
    SynBacklog,           // sockets in SYN_RECV
    ClientRequestRate,    // requests per second of the busiest client prefix on one endpoint;
                          // detail: the prefix and the endpoint
};
inline constexpr std::size_t kSignals = 4;

struct Reading {
    double value = 0;
    std::string detail;
    SteadyTime at;
};

class Signals {
public:
    void put(Signal signal, Reading reading) {
        const std::lock_guard lock(mutex_);
        readings_[static_cast<std::size_t>(signal)] = std::move(reading);
    }

    // Nothing before the first.
    [[nodiscard]] std::optional<Reading> newest(Signal signal) const {
        const std::lock_guard lock(mutex_);
        return readings_[static_cast<std::size_t>(signal)];
    }

private:
    mutable std::mutex mutex_;
    std::array<std::optional<Reading>, kSignals> readings_;
};

} // namespace opsmon::collect
