#include "collect/host/memory.hpp"

#include <optional>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxMeminfoBytes = 64 * 1024;

std::optional<double> find_kib(std::string_view meminfo, std::string_view key) {
    while (!meminfo.empty()) {
        const auto words = split_words(take_line(meminfo), 3);
        if (words.size() == 3 && words[0] == key && words[2] == "kB") {
            const auto kib = parse_count(words[1]);
            return kib ? std::optional(static_cast<double>(*kib)) : std::nullopt;
        }
    }
    return std::nullopt;
}

} // namespace

Result<double> parse_memory_usage_percent(std::string_view meminfo) {
    const auto total = find_kib(meminfo, "MemTotal:");
    const auto available = find_kib(meminfo, "MemAvailable:");
    if (!total || !available) {
        return Error{"/proc/meminfo has no valid MemTotal and MemAvailable"};
    }
    if (*total <= 0 || *available > *total) {
        return Error{"/proc/meminfo: MemAvailable is larger than MemTotal"};
    }
    return 100 * (*total - *available) / *total;
}

std::vector<CollectorReport> MemorySource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "memory";
    const auto text = read_file(proc_ + "/meminfo", kMaxMeminfoBytes);
    const auto percent = text ? parse_memory_usage_percent(*text) : Result<double>(text.error());
    if (percent) {
        report.samples.add<"system_memory_usage_percent">(*percent);
        report.success = true;
    } else {
        report.error = percent.error().message;
    }
    return {report};
}

} // namespace opsmon::collect
