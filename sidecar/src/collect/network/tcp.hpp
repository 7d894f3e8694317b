#pragma once
// This component provides `Tcp`, the collector `tcp`: what the kernel counts of TCP (and a little
// of UDP): connections, segments, retransmissions, queues that overflow. The network source calls
// it each cycle. It reads sums only, never the table of sockets: that costs as much as there are
// sockets.

#include <optional>
#include <string>
#include <utility>

#include "collect/network/counter_table.hpp"
#include "collect/network/sockstat.hpp"
#include "collect/network/windowed_rate.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

// What suspicion of an attack needs to know; rates are per second over the last cycle.
struct TcpRates {
    std::optional<double> passive_opens;
    std::optional<double> cookies_sent;
    std::optional<double> cookies_received;
    std::optional<double> queue_full_drops;
    std::optional<double> listen_overflows;
    std::optional<double> syn_backlog_limit;
};

// Everything that was read, understood. What the kernel does not have is empty.
struct TcpFacts {
    CounterTable counters; // of snmp, netstat and snmp6
    SocketCounts ipv4;
    SocketCounts ipv6;
    std::optional<double> max_orphans;
    std::optional<double> memory_limit_pages;
    std::optional<double> syn_backlog_limit;
    std::optional<double> half_open; // measured elsewhere
};

class Tcp {
public:
    explicit Tcp(std::string proc) : proc_(std::move(proc)) {}

    CollectorReport collect(SteadyTime now, std::optional<double> half_open, TcpRates& rates);

    // Pure, but for what the rates remember.
    void show(const TcpFacts& facts, SteadyTime now, metrics::SampleList& out, TcpRates& rates);

private:
    Result<TcpFacts> read() const;

    std::string proc_;
    WindowedRate passive_opens_{std::chrono::milliseconds(0)};
    WindowedRate cookies_sent_{std::chrono::milliseconds(0)};
    WindowedRate cookies_received_{std::chrono::milliseconds(0)};
    WindowedRate queue_full_drops_{std::chrono::milliseconds(0)};
    WindowedRate listen_overflows_now_{std::chrono::milliseconds(0)};
    WindowedRate listen_overflows_{std::chrono::minutes(1)};
    WindowedRate sent_{std::chrono::minutes(1)};
    WindowedRate retransmitted_{std::chrono::minutes(1)};
};

// Per segment sent in the window; nothing when too few were sent to say.
std::optional<double> retransmit_ratio(std::optional<double> retransmitted_per_second,
                                       std::optional<double> sent_per_second);

} // namespace opsmon::collect
