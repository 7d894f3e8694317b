#pragma once
// This component knows metrics by name for the lint of rules: those of the catalog, those that
// rules write themselves, and those of other exporters in which rules of well-known projects go
// wrong. It looks at no series.

#include "rules/rule.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::rules {

enum class MetricKind { Gauge, Counter, Bucket, Derived };

struct MetricFacts {
    MetricKind kind = MetricKind::Gauge;
    std::string unit; // bytes, bits, seconds, ratio, …; "" where none is known
    std::optional<std::set<std::string>> labels; // nothing: not known
    bool scraped_labels = false;                 // and instance and job
    bool zero_or_one = false;
    bool of_network = false;
    std::string gone; // why it does not exist any more
};

class KnownMetrics {
public:
    KnownMetrics(const std::vector<Group>& groups, std::int64_t sample_interval_ms);

    // Nothing for a name that neither the sidecar nor the rules write.
    [[nodiscard]] std::optional<MetricFacts> find(const std::string& name) const;
    // From one sample of a series of that name to the next.
    [[nodiscard]] std::int64_t interval_ms(const std::string& name) const;
    // The known name that is most like it; "" where none is.
    [[nodiscard]] std::string like(const std::string& name) const;

private:
    std::int64_t sample_interval_ms_;
    std::map<std::string, std::int64_t> recorded_; // with the interval of their group
};

} // namespace opsmon::rules
