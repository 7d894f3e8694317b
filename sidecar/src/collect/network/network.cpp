#include "collect/network/network.hpp"

#include <utility>

#include "collect/network/conntrack.hpp"

namespace opsmon::collect {

std::vector<CollectorReport> NetworkSource::collect(const CycleTime& now, const StopSignal&) {
    std::vector<CollectorReport> out;
    PublicTraffic traffic;
    TcpRates rates;
    out.push_back(interfaces_.collect(now.steady, traffic));
    const SteadyTime oldest = oldest_that_counts(std::exchange(before_, now.steady), now.steady);
    const auto half_open = fresh(*signals_, Signal::SynBacklog, oldest);
    out.push_back(tcp_.collect(now.steady,
                               half_open ? std::optional(half_open->value) : std::nullopt, rates));
    out.push_back(collect_conntrack(proc_));
    out.push_back(attack_.collect(now, gather(traffic, rates, *signals_, oldest)));
    return out;
}

} // namespace opsmon::collect
