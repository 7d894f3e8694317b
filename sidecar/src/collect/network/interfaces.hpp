#pragma once
// This component provides `Interfaces`, the collector `network`: counters, rates and the state of
// every interface, the public and the private ones apart. The network source calls it each cycle.
// It reads /proc/net/dev and /sys/class/net and never counts a packet itself.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/network/address_dump.hpp"
#include "collect/network/interface_ledger.hpp"
#include "collect/network/interface_type.hpp"
#include "collect/network/link.hpp"
#include "collect/network/network_memory.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

// What suspicion of an attack needs to know of the public interfaces.
struct PublicTraffic {
    std::string interface; // the one whose link is busiest with what comes in
    std::optional<double> receive_percent;
    std::optional<double> received_per_second; // bytes on that interface
    std::optional<double> sent_per_second;
    std::optional<double> packets_per_second; // received on all of them
};

// One interface as it is shown.
struct InterfaceView {
    InterfaceTotals totals;
    std::string_view type;
    std::optional<bool> up;
    std::optional<double> bytes_per_second; // of the link
};

// Pure.
PublicTraffic public_traffic_of(const std::vector<InterfaceView>& views);

class Interfaces {
public:
    using ReadAddresses = std::function<Result<InterfaceAddresses>()>;

    Interfaces(std::string proc, std::string sys, config::Network settings,
               std::shared_ptr<NetworkMemory> memory, ReadAddresses read_addresses)
        : proc_(std::move(proc)),
          sys_(std::move(sys)),
          settings_(std::move(settings)),
          memory_(std::move(memory)),
          read_addresses_(std::move(read_addresses)) {}

    CollectorReport collect(SteadyTime now, PublicTraffic& traffic);

private:
    struct Chosen {
        std::vector<InterfaceReading> readings;
        std::vector<Link> links;
        std::size_t ignored = 0;
        std::size_t omitted = 0;
    };
    struct KnownSpeed {
        std::string text;
        SteadyTime read_at;
    };

    Chosen choose(std::vector<InterfaceCounters> all, SteadyTime now);
    Link link_of(const std::string& interface, SteadyTime now);
    std::vector<InterfaceView> view(const Chosen& chosen, const InterfaceAddresses& addresses,
                                    SteadyTime now);

    std::string proc_;
    std::string sys_;
    config::Network settings_;
    std::shared_ptr<NetworkMemory> memory_;
    ReadAddresses read_addresses_;
    std::map<std::string, KnownSpeed> speeds_;
};

} // namespace opsmon::collect
