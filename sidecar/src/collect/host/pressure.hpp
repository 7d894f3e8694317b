#pragma once
// This component provides the collector `pressure`: the kernel's account of time lost by waiting
// for CPU, disks and memory (PSI), from /proc/pressure. A kernel that keeps none, or is told not
// to, is no failure: there is then nothing to show.

#include <optional>
#include <string>
#include <string_view>

#include "collect/source.hpp"

namespace opsmon::collect {

// Seconds since boot.
struct Pressure {
    double waiting = 0;            // at least one task
    std::optional<double> stalled; // all tasks; old kernels do not say it of the CPU
};

Result<Pressure> parse_pressure(std::string_view text);

class PressureSource : public Source {
public:
    explicit PressureSource(std::string proc) : proc_(std::move(proc)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"pressure"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
};

} // namespace opsmon::collect
