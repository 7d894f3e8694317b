#include "collect/host/cpu.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxStatBytes = 4 << 20; // grows with the interrupts of large machines
constexpr std::size_t kUserField = 1;
constexpr std::size_t kIdleField = 4;
constexpr std::size_t kIoWaitField = 5;
constexpr std::size_t kStealField = 8; // guest time, after it, is in user time already

} // namespace

Result<CpuTimes> parse_cpu(std::string_view proc_stat) {
    const auto words = split_words(take_line(proc_stat), 12);
    if (words.size() <= kIdleField || words[0] != "cpu") {
        return Error{"/proc/stat does not start with a line 'cpu' of at least four numbers"};
    }
    CpuTimes times;
    for (std::size_t i = kUserField; i < words.size() && i <= kStealField; ++i) {
        const auto ticks = parse_count(words[i]);
        if (!ticks) {
            return Error{"/proc/stat: '" + std::string(words[i]) + "' is not a number of ticks"};
        }
        times.total += static_cast<double>(*ticks);
        if (i != kIdleField && i != kIoWaitField) {
            times.busy += static_cast<double>(*ticks);
        }
    }
    return times;
}

std::optional<double> cpu_usage_percent(const CpuTimes& before, const CpuTimes& after) {
    const double total = after.total - before.total;
    const double busy = after.busy - before.busy;
    if (total <= 0 || busy < 0) {
        return std::nullopt;
    }
    return std::min(100.0, 100 * busy / total); // iowait may run backwards on its own
}

std::vector<CollectorReport> CpuSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "cpu";
    const auto text = read_file(proc_ + "/stat", kMaxStatBytes);
    const auto times = text ? parse_cpu(*text) : Result<CpuTimes>(text.error());
    if (!times) {
        report.error = times.error().message;
        before_.reset();
        return {report};
    }
    if (before_) {
        report.samples.add<"system_cpu_usage_percent">(cpu_usage_percent(*before_, *times));
    }
    before_ = *times;
    report.success = true;
    return {report};
}

} // namespace opsmon::collect
