#pragma once
// This component provides the collector `cpu`: the share of CPU time that was not idle since the
// cycle before, from /proc/stat. It never sleeps to get a second reading; the first cycle has no
// value.

#include <optional>
#include <string>
#include <string_view>

#include "collect/source.hpp"

namespace opsmon::collect {

struct CpuTimes {
    double busy = 0; // ticks since boot
    double total = 0;
};

Result<CpuTimes> parse_cpu(std::string_view proc_stat);

// Nothing when no time has passed, or the counters went backwards.
std::optional<double> cpu_usage_percent(const CpuTimes& before, const CpuTimes& after);

class CpuSource : public Source {
public:
    explicit CpuSource(std::string proc) : proc_(std::move(proc)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"cpu"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
    std::optional<CpuTimes> before_;
};

} // namespace opsmon::collect
