#pragma once
// This component shows what a collector reported as a map, so that tests can look a series up.

#include <map>
#include <string>

#include "collect/source.hpp"

namespace opsmon::test {

// "name label_value label_value" -> value
inline std::map<std::string, double> series_of(const collect::CollectorReport& report) {
    std::map<std::string, double> out;
    for (const metrics::Sample& sample : report.samples.samples()) {
        std::string key(metrics::kCatalog[sample.metric].name);
        for (const std::string& value : sample.label_values) {
            key += ' ' + value;
        }
        out[key] = sample.value;
    }
    return out;
}

} // namespace opsmon::test
