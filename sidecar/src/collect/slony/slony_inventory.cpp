#include "collect/slony/slony_inventory.hpp"

namespace opsmon::collect {

std::vector<postgres::SlonyRows> told_clusters(const SlonyView& view) {
    std::vector<postgres::SlonyRows> out;
    for (const postgres::SlonyRows& cluster : view.clusters) {
        if (cluster.local.nodes <= static_cast<double>(cluster.nodes.size())) {
            out.push_back(cluster);
        }
    }
    return out;
}

std::vector<CollectorReport> SlonyInventorySource::collect(const CycleTime& now,
                                                           const StopSignal& stop) {
    CollectorReport report;
    report.collector = "slony_inventory";
    report.success = true;
    const auto view = place_->newest();
    // Where there never was a cluster there is nobody to tell, and no connection.
    if (view && (has_told_ || !view->clusters.empty())) {
        const auto told =
            teller_.tell(told_clusters(*view), place_->deeds(), now.steady + timeout_, stop);
        report.success = told.ok();
        report.error = told ? "" : told.error().message;
        has_told_ = true;
    }
    return {report};
}

} // namespace opsmon::collect
