// Any bytes as an OpenMetrics file: never samples out of order, nor a fault without words.

#include <cstddef>
#include <cstdint>

#include "history/openmetrics_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file =
        opsmon::history::parse_openmetrics({reinterpret_cast<const char*>(data), size});
    if (!file) {
        if (file.error().message.empty()) {
            __builtin_trap();
        }
        return 0;
    }
    const opsmon::history::FileSource::Series* before = nullptr;
    for (const auto& series : file->series()) {
        if (series.points.empty() || (before != nullptr && !(before->labels < series.labels))) {
            __builtin_trap();
        }
        for (std::size_t i = 1; i < series.points.size(); ++i) {
            if (series.points[i - 1].at >= series.points[i].at) {
                __builtin_trap();
            }
        }
        before = &series;
    }
    return 0;
}
