// Any bytes as the samples and the name of a series in a rule test: never more samples than were
// wanted, and labels that come out as they went in.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/metric_text.hpp"
#include "rules/series_values.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t kWanted = 1000;
    const auto values = opsmon::rules::parse_series_values(text, kWanted);
    if (values && values->size() > kWanted) {
        __builtin_trap();
    }
    const auto labels = opsmon::rules::parse_metric(text);
    if (labels && !(opsmon::metrics::Labels(labels->pairs()) == *labels)) {
        __builtin_trap();
    }
    const auto input = opsmon::rules::parse_input_series(text);
    if (input && (!labels || !(*labels == *input))) { // it only refuses more
        __builtin_trap();
    }
    return 0;
}
