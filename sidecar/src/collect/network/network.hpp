#pragma once
// This component provides the collector `network`: bytes per interface, as counters, with the
// public and the private interfaces apart. It reads /proc/net/dev and never counts a packet itself.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "collect/network/addresses.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

struct InterfaceBytes {
    std::string interface;
    double received = 0;
    double sent = 0;
};

Result<std::vector<InterfaceBytes>> parse_net_dev(std::string_view net_dev);

// "public" or "private": what the settings say (public first), else by its addresses.
std::string_view interface_type(const std::string& interface, const config::Network& settings,
                                const std::set<std::string>& routable_interfaces);

class NetworkSource : public Source {
public:
    using ReadRoutable = std::function<Result<std::set<std::string>>()>;

    NetworkSource(std::string proc, config::Network settings,
                  ReadRoutable read_routable = read_routable_interfaces)
        : proc_(std::move(proc)),
          settings_(std::move(settings)),
          read_routable_(std::move(read_routable)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"network"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
    config::Network settings_;
    ReadRoutable read_routable_;
};

} // namespace opsmon::collect
