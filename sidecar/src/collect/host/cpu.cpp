#include "collect/host/cpu.hpp"

#include <algorithm>

#include <unistd.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxStatBytes = 4 << 20; // grows with the interrupts of large machines
constexpr double kSetBackSeconds = 60;         // less is a correction, more a new beginning

// "cpu0", "cpu17", but not "cpu" or "cpufreq".
bool is_core(std::string_view word) {
    return word.starts_with("cpu") && parse_count(word.substr(3)).has_value();
}

double count_cores(std::string_view lines) {
    double cores = 0;
    while (lines.starts_with("cpu")) {
        const auto words = split_words(take_line(lines), 1);
        cores += !words.empty() && is_core(words[0]) ? 1 : 0;
    }
    return cores;
}

} // namespace

Result<CpuTimes> parse_cpu(std::string_view proc_stat) {
    const auto words = split_words(take_line(proc_stat), kCpuModes.size() + 1);
    if (words.size() <= kIdleMode + 1 || words[0] != "cpu") {
        return Error{"/proc/stat does not start with a line 'cpu' of at least four numbers"};
    }
    CpuTimes times;
    for (std::size_t mode = 0; mode + 1 < words.size(); ++mode) {
        const auto ticks = parse_count(words[mode + 1]);
        if (!ticks) {
            return Error{"/proc/stat: '" + std::string(words[mode + 1]) +
                         "' is not a number of ticks"};
        }
        const auto value = static_cast<double>(*ticks);
        times.modes[mode] = value;
        times.total += value;
        if (mode != kIdleMode && mode != kIoWaitMode) {
            times.busy += value;
        }
    }
    times.cores = count_cores(proc_stat);
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

std::array<std::optional<double>, kCpuModes.size()> CpuCounters::take(const CpuTimes& times,
                                                                      double ticks_per_second) {
    std::array<std::optional<double>, kCpuModes.size()> now{};
    bool begun_anew = false;
    for (std::size_t mode = 0; mode < now.size(); ++mode) {
        if (times.modes[mode]) {
            now[mode] = *times.modes[mode] / ticks_per_second;
            begun_anew =
                begun_anew || (last_[mode] && *now[mode] <= *last_[mode] - kSetBackSeconds);
        }
    }
    for (std::size_t mode = 0; mode < now.size() && !begun_anew; ++mode) {
        if (now[mode] && last_[mode]) {
            now[mode] = std::max(*now[mode], *last_[mode]);
        }
    }
    last_ = now;
    return now;
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
    const auto seconds = counters_.take(*times, static_cast<double>(::sysconf(_SC_CLK_TCK)));
    for (std::size_t mode = 0; mode < seconds.size(); ++mode) {
        report.samples.add<"system_cpu_seconds_total">(seconds[mode], kCpuModes[mode]);
    }
    if (times->cores > 0) {
        report.samples.add<"system_cpu_cores">(times->cores);
    }
    report.success = true;
    return {report};
}

} // namespace opsmon::collect
