#pragma once
// This component provides the catalog: every metric of opsmon, once. Collectors can only emit what
// stands here (a name that does not is a compile error), the exposition takes HELP and TYPE from
// it, and docs/metrics.md is printed from it. It holds no value.

#include <cstddef>
#include <string_view>

#include "metrics/catalog_table.hpp"

namespace opsmon::metrics {

inline constexpr std::size_t kNotInCatalog = kCatalog.size();

constexpr std::size_t find_metric(std::string_view name) {
    std::size_t index = 0;
    while (index < kCatalog.size() && kCatalog[index].name != name) {
        ++index;
    }
    return index;
}

constexpr std::size_t count_labels(std::size_t metric) {
    std::size_t count = 0;
    while (count < kMaxLabels && !kCatalog[metric].labels[count].empty()) {
        ++count;
    }
    return count;
}

} // namespace opsmon::metrics
