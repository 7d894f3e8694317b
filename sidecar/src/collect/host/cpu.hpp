#pragma once
// This component provides the collector `cpu`, from /proc/stat: the share of CPU time that was not
// idle since the cycle before, the seconds by mode since boot, and how many CPUs there are. It
// never sleeps to get a second reading; the first cycle has no share.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "collect/source.hpp"

namespace opsmon::collect {

// In the kernel's order. Guest time, which follows, is in user and nice already.
inline constexpr std::array<const char*, 8> kCpuModes = {"user",   "nice", "system",  "idle",
                                                         "iowait", "irq",  "softirq", "steal"};
inline constexpr std::size_t kIdleMode = 3;
inline constexpr std::size_t kIoWaitMode = 4;

struct CpuTimes {
    double busy = 0; // ticks since boot
    double total = 0;
    std::array<std::optional<double>, kCpuModes.size()> modes = {}; // old kernels lack the last
    double cores = 0;
};

Result<CpuTimes> parse_cpu(std::string_view proc_stat);

// Nothing when no time has passed, or the counters went backwards.
std::optional<double> cpu_usage_percent(const CpuTimes& before, const CpuTimes& after);

// Keeps the counters of the modes from going backwards. The kernel sets iowait and idle back by a
// little now and then, which Prometheus would take for a restart and count all of it once more:
// such a mode keeps its last value until it is passed again. What goes back by a minute or more has
// really begun anew, and all modes with it.
class CpuCounters {
public:
    // In seconds.
    std::array<std::optional<double>, kCpuModes.size()> take(const CpuTimes& times,
                                                             double ticks_per_second);

private:
    std::array<std::optional<double>, kCpuModes.size()> last_;
};

class CpuSource : public Source {
public:
    explicit CpuSource(std::string proc) : proc_(std::move(proc)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"cpu"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    std::string proc_;
    std::optional<CpuTimes> before_;
    CpuCounters counters_;
};

} // namespace opsmon::collect
