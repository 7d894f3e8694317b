#include "collect/assemble.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace opsmon::collect {
namespace {

bool past_its_time(const BoardEntry& entry, SteadyTime since, SteadyTime now) {
    return now - since > 3 * entry.timing.interval + entry.timing.timeout;
}

void describe_collector(metrics::SampleList& self, const BoardEntry& entry, bool success) {
    self.add<"opsmon_collector_success">(success ? 1 : 0, entry.collector);
    if (entry.report) {
        self.add<"opsmon_collector_duration_seconds">(entry.report->duration_seconds,
                                                      entry.collector);
    }
    if (entry.last_success_at) {
        self.add<"opsmon_collector_last_success_timestamp_seconds">(
            static_cast<double>(*entry.last_success_at) / 1000, entry.collector);
    }
}

void name_series(std::set<std::string>& out, const metrics::MetricSpec& spec) {
    if (spec.kind != metrics::Kind::Histogram) {
        out.insert(std::string(spec.name));
        return;
    }
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        out.insert(std::string(spec.name) + suffix);
    }
}

// A metric that a failing collector still shows is data: postgresql_up is 0 just then.
void name_missing_metrics(std::set<std::string>& out, std::string_view failing_collector,
                          const std::set<std::size_t>& present) {
    for (std::size_t i = 0; i < metrics::kCatalog.size(); ++i) {
        const metrics::MetricSpec& spec = metrics::kCatalog[i];
        if (spec.source == failing_collector && !present.contains(i)) {
            name_series(out, spec);
        }
    }
}

// The same for one target: what is shown of it is data, service_nginx_up being 0 just then.
metrics::SilentTarget describe_target(const CollectorReport& report, const SilentTarget& target) {
    metrics::SilentTarget out{target.label, target.value, {}};
    for (std::size_t i = 0; i < metrics::kCatalog.size(); ++i) {
        const metrics::MetricSpec& spec = metrics::kCatalog[i];
        const auto label = std::find(spec.labels.begin(), spec.labels.end(), target.label);
        if (spec.source != report.collector || label == spec.labels.end()) {
            continue;
        }
        const auto place = static_cast<std::size_t>(label - spec.labels.begin());
        const auto& samples = report.samples.samples();
        if (std::none_of(samples.begin(), samples.end(), [&](const metrics::Sample& sample) {
                return sample.metric == i && sample.label_values[place] == target.value;
            })) {
            name_series(out.metrics, spec);
        }
    }
    return out;
}

} // namespace

bool is_fresh(const BoardEntry& entry, SteadyTime now) {
    return entry.report && !past_its_time(entry, entry.reported_at, now);
}

std::shared_ptr<const metrics::Snapshot> assemble(const BoardView& board, metrics::SampleList self,
                                                  const CycleTime& now) {
    auto snapshot = std::make_shared<metrics::Snapshot>();
    snapshot->at = now.wall;
    snapshot->complete = true;
    std::set<std::size_t> present;
    std::vector<std::string_view> failing;
    for (const BoardEntry& entry : board.entries) {
        const bool fresh = is_fresh(entry, now.steady);
        const bool success = fresh && entry.report->success;
        if (!success) {
            failing.push_back(entry.collector);
        }
        if (!entry.report && !past_its_time(entry, entry.registered_at, now.steady)) {
            snapshot->complete = false; // too early to call it failed
            continue;
        }
        describe_collector(self, entry, success);
        if (fresh) {
            snapshot->renderings.push_back(entry.rendering);
            for (const metrics::Rendering::Family& family : entry.rendering->families) {
                present.insert(family.metric);
            }
            for (const SilentTarget& target : entry.report->silent) {
                snapshot->silence.targets.push_back(describe_target(*entry.report, target));
            }
        }
    }
    snapshot->renderings.push_back(metrics::render(self.samples()));
    for (const std::string_view collector : failing) {
        name_missing_metrics(snapshot->silence.metrics, collector, present);
    }
    snapshot->text = std::make_shared<const std::string>(metrics::join_text(snapshot->renderings));
    return snapshot;
}

} // namespace opsmon::collect
