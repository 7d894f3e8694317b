#pragma once
// This component provides the collector `memory`, from /proc/meminfo: what is available without
// swapping, swap and huge pages. It never estimates what the kernel does not say.

#include <optional>
#include <string>
#include <string_view>

#include "collect/source.hpp"

namespace opsmon::collect {

// In bytes, but for the numbers of pages.
struct Memory {
    double total = 0;
    double available = 0;
    std::optional<double> swap_total;
    std::optional<double> swap_free;
    std::optional<double> huge_pages; // absent where the kernel has none
    std::optional<double> huge_pages_free;
    std::optional<double> huge_page_size;
};

Result<Memory> parse_memory(std::string_view meminfo);

double memory_usage_percent(const Memory& memory);

class MemorySource : public Source {
public:
    explicit MemorySource(std::string proc) : proc_(std::move(proc)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"memory"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
};

} // namespace opsmon::collect
