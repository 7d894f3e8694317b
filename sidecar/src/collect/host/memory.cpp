#include "collect/host/memory.hpp"

#include <map>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxMeminfoBytes = 64 * 1024;
constexpr std::size_t kMaxLines = 1000;

struct Value {
    double number = 0;
    bool kib = false;
};

// Lines of another form are left out.
std::map<std::string_view, Value> read_values(std::string_view meminfo) {
    std::map<std::string_view, Value> out;
    for (std::size_t line = 0; line < kMaxLines && !meminfo.empty(); ++line) {
        const auto words = split_words(take_line(meminfo), 4);
        const bool kib = words.size() == 3 && words[2] == "kB";
        if (!kib && words.size() != 2) {
            continue;
        }
        if (const auto number = parse_count(words[1])) {
            out.emplace(words[0], Value{static_cast<double>(*number), kib});
        }
    }
    return out;
}

} // namespace

Result<Memory> parse_memory(std::string_view meminfo) {
    const auto values = read_values(meminfo);
    const auto find = [&](std::string_view key, bool kib) {
        const auto found = values.find(key);
        return found == values.end() || found->second.kib != kib
                   ? std::nullopt
                   : std::optional(found->second.number * (kib ? 1024 : 1));
    };
    const auto bytes = [&](std::string_view key) { return find(key, true); };
    const auto total = bytes("MemTotal:");
    const auto available = bytes("MemAvailable:");
    if (!total || !available) {
        return Error{"/proc/meminfo has no valid MemTotal and MemAvailable"};
    }
    if (*total <= 0 || *available > *total) {
        return Error{"/proc/meminfo: MemAvailable is larger than MemTotal"};
    }
    return Memory{*total,
                  *available,
                  bytes("SwapTotal:"),
                  bytes("SwapFree:"),
                  find("HugePages_Total:", false),
                  find("HugePages_Free:", false),
                  bytes("Hugepagesize:")};
}

double memory_usage_percent(const Memory& memory) {
    return 100 * (memory.total - memory.available) / memory.total;
}

std::vector<CollectorReport> MemorySource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "memory";
    const auto text = read_file(proc_ + "/meminfo", kMaxMeminfoBytes);
    const auto memory = text ? parse_memory(*text) : Result<Memory>(text.error());
    if (!memory) {
        report.error = memory.error().message;
        return {report};
    }
    metrics::SampleList& out = report.samples;
    out.add<"system_memory_usage_percent">(memory_usage_percent(*memory));
    out.add<"system_memory_total_bytes">(memory->total);
    out.add<"system_memory_available_bytes">(memory->available);
    out.add<"system_memory_swap_total_bytes">(memory->swap_total);
    out.add<"system_memory_swap_free_bytes">(memory->swap_free);
    out.add<"system_memory_huge_pages">(memory->huge_pages);
    out.add<"system_memory_huge_pages_free">(memory->huge_pages_free);
    out.add<"system_memory_huge_page_size_bytes">(memory->huge_page_size);
    report.success = true;
    return {report};
}

} // namespace opsmon::collect
