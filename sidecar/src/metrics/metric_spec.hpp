#pragma once
// This component provides `MetricSpec`: what the catalog says of one metric. The table of the
// catalog is made of them; everyone else includes metrics/catalog.hpp.

#include <array>
#include <cstddef>
#include <string_view>

namespace opsmon::metrics {

enum class Kind { Gauge, Counter, Histogram };

inline constexpr std::size_t kMaxLabels = 6;

struct MetricSpec {
    std::string_view name;
    Kind kind = Kind::Gauge;
    std::string_view source; // the collector it comes from; "opsmon" is the sidecar itself
    std::string_view unit;
    std::array<std::string_view, kMaxLabels> labels{};
    std::string_view help;
};

} // namespace opsmon::metrics
