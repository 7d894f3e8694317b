#pragma once
// This component provides the source of the collector `slony_inventory`: it tells the extension of
// what the collector `slony` has seen and what the remedy has done, so that both stand in SQL and
// outlive the sidecar. It reads no table of Slony-I, and decides nothing.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "collect/slony/slony_view.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"
#include "postgres/slony_teller.hpp"

namespace opsmon::collect {

// What may be told of a view: a cluster of which nodes were left out would count as one that has
// lost them.
std::vector<postgres::SlonyRows> told_clusters(const SlonyView& view);

class SlonyInventorySource : public Source {
public:
    SlonyInventorySource(const config::Postgres& server, std::chrono::milliseconds timeout,
                         std::shared_ptr<SlonyPlace> place)
        : timeout_(timeout), place_(std::move(place)), teller_(server) {}

    [[nodiscard]] std::vector<std::string> collectors() const override {
        return {"slony_inventory"};
    }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::chrono::milliseconds timeout_;
    std::shared_ptr<SlonyPlace> place_;
    postgres::SlonyTeller teller_;
    bool has_told_ = false;
};

} // namespace opsmon::collect
