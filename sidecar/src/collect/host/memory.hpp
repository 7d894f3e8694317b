#pragma once
// This component provides the collector `memory`: the share of memory that is not available, from
// MemAvailable in /proc/meminfo. It never estimates what the kernel does not say.

#include <string>
#include <string_view>

#include "collect/source.hpp"

namespace opsmon::collect {

Result<double> parse_memory_usage_percent(std::string_view meminfo);

class MemorySource : public Source {
public:
    explicit MemorySource(std::string proc) : proc_(std::move(proc)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"memory"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
};

} // namespace opsmon::collect
