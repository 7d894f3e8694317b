#pragma once
// This component provides the collector `load`: the load averages, from /proc/loadavg. They are the
// kernel's own; nothing is computed here.

#include <array>
#include <string>
#include <string_view>

#include "collect/source.hpp"

namespace opsmon::collect {

// Of 1, 5 and 15 minutes.
Result<std::array<double, 3>> parse_load(std::string_view loadavg);

class LoadSource : public Source {
public:
    explicit LoadSource(std::string proc) : proc_(std::move(proc)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"load"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
};

} // namespace opsmon::collect
