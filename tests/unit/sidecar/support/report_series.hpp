#pragma once
// This component shows what a collector reported as a map, so that tests can look a series up.

#include <map>
#include <string>

#include "collect/source.hpp"

namespace opsmon::test {

// "name label_value label_value" -> value; another mark between them where values have spaces.
inline std::map<std::string, double> series_of(const metrics::SampleList& list,
                                               char between = ' ') {
    std::map<std::string, double> out;
    for (const metrics::Sample& sample : list.samples()) {
        std::string key(metrics::kCatalog[sample.metric].name);
        for (const std::string& value : sample.label_values) {
            key += between + value;
        }
        out[key] = sample.value;
    }
    return out;
}

inline std::map<std::string, double> series_of(const collect::CollectorReport& report,
                                               char between = ' ') {
    return series_of(report.samples, between);
}

} // namespace opsmon::test
