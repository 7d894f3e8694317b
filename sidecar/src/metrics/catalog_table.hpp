#pragma once
// This component is the table of the catalog: every metric of opsmon, once, in the order of
// /metrics, joined from the parts in metrics/catalog/. metrics/catalog.hpp looks things up in it.
// The names of the host, the services, the lag, the WAL size and the connections are those that
// users have deployed: they stay letter for letter.

#include "metrics/catalog/consumers.hpp"
#include "metrics/catalog/host.hpp"
#include "metrics/catalog/network.hpp"
#include "metrics/catalog/opsmon.hpp"
#include "metrics/catalog/postgresql.hpp"
#include "metrics/catalog/requests.hpp"
#include "metrics/catalog/service.hpp"
#include "metrics/catalog/slony.hpp"
#include "metrics/catalog/slony_remedy.hpp"

namespace opsmon::metrics {

template <std::size_t... Sizes>
constexpr auto join(const std::array<MetricSpec, Sizes>&... parts) {
    std::array<MetricSpec, (Sizes + ...)> out{};
    std::size_t next = 0;
    const auto append = [&](const auto& part) {
        for (const MetricSpec& spec : part) {
            out[next++] = spec;
        }
    };
    (append(parts), ...);
    return out;
}

inline constexpr auto kCatalog =
    join(kHostMetrics, kNetworkMetrics, kServiceMetrics, kRequestMetrics, kPostgresqlMetrics,
         kConsumerMetrics, kSlonyMetrics, kSlonyRemedyMetrics, kOpsmonMetrics);

} // namespace opsmon::metrics
