#pragma once
// This component provides `NetworkSource`: the collectors `network`, `tcp`, `conntrack` and
// `attack`, one after the other in one thread, because the last judges what the others have found
// in the same moment. The failure of one is not that of another.

#include <memory>
#include <string>

#include "collect/network/attack.hpp"
#include "collect/network/interfaces.hpp"
#include "collect/network/network_memory.hpp"
#include "collect/network/signals.hpp"
#include "collect/network/tcp.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"
#include "store/store.hpp"

namespace opsmon::collect {

struct NetworkPlaces {
    std::string proc;
    std::string sys;
};

class NetworkSource : public Source {
public:
    NetworkSource(const NetworkPlaces& places, const config::Network& settings,
                  const std::shared_ptr<NetworkMemory>& memory, std::shared_ptr<Signals> signals,
                  std::shared_ptr<store::Store> store,
                  Interfaces::ReadAddresses read_addresses = read_interface_addresses)
        : proc_(places.proc),
          signals_(std::move(signals)),
          interfaces_(places.proc, places.sys, settings, memory, std::move(read_addresses)),
          tcp_(places.proc),
          attack_(settings.attack, memory, std::move(store)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override {
        return {"network", "tcp", "conntrack", "attack"};
    }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
    std::shared_ptr<Signals> signals_;
    Interfaces interfaces_;
    Tcp tcp_;
    AttackCollector attack_;
    std::optional<SteadyTime> before_; // the cycle before
};

} // namespace opsmon::collect
