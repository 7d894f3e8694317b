#include "web/kept_series.hpp"

#include <array>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace opsmon::web {
namespace {

struct KeptMetric {
    int measure; // in opsmon.history_measures
    const char* metric;
    const char* label;  // that holds the name; "" for the whole server
    const char* bridge; // a metric whose series show the name beside the label; "" for none
    const char* bridge_label;
};

constexpr std::array kMetrics = {
    KeptMetric{0, "postgresql_wal_size_bytes", "", "", ""},
    KeptMetric{1, "postgresql_wal_recycled_bytes", "", "", ""},
    KeptMetric{2, "postgresql_volume_size_bytes", "volume", "", ""},
    KeptMetric{3, "postgresql_volume_free_bytes", "volume", "", ""},
    KeptMetric{4, "postgresql_volume_free_inodes", "volume", "", ""},
    KeptMetric{5, "postgresql_slot_retained_bytes", "slot_name", "postgresql_slot_active",
               "slot_name"},
    KeptMetric{6, "postgresql_replication_lag_bytes", "slave", "postgresql_replication_info",
               "consumer"},
    KeptMetric{7, "postgresql_replication_unsent_bytes", "slave", "postgresql_replication_info",
               "consumer"},
    KeptMetric{9, "postgresql_connections", "state", "", ""},
};

const KeptMetric* metric_of(int measure) {
    for (const KeptMetric& each : kMetrics) {
        if (each.measure == measure) {
            return &each;
        }
    }
    return nullptr;
}

// Of slots their type, of standbys their address.
std::map<std::string, metrics::Labels> labels_of(const KeptMetric& kept,
                                                 const history::Source& window) {
    std::map<std::string, metrics::Labels> out;
    if (*kept.bridge == '\0') {
        return out;
    }
    const auto all = [](const metrics::Labels&) { return true; };
    constexpr auto kEver = std::numeric_limits<TimestampMs>::max() / 4;
    for (const auto* labels : window.series_between(kept.bridge, all, -kEver, kEver)) {
        metrics::Labels known;
        known.set(metrics::kMetricName, kept.metric);
        known.set(kept.label, labels->get(kept.label));
        known.set("slot_type", labels->get("slot_type"));
        out.insert_or_assign(std::string(labels->get(kept.bridge_label)), std::move(known));
    }
    return out;
}

metrics::Labels labels_without(const KeptMetric& kept, const std::string& name) {
    metrics::Labels out;
    out.set(metrics::kMetricName, kept.metric);
    if (*kept.label != '\0') {
        out.set(kept.label, name.empty() ? "null" : name);
    }
    return out;
}

} // namespace

std::set<int> kept_measures(const history::ReadAhead& asked) {
    std::set<int> out;
    for (const KeptMetric& each : kMetrics) {
        if (asked.may_ask(each.metric)) {
            out.insert(each.measure);
        }
    }
    return out;
}

KeptLabels kept_labels(const std::set<int>& measures, const history::Source& window) {
    KeptLabels out;
    for (const int measure : measures) {
        if (const KeptMetric* kept = metric_of(measure); kept != nullptr) {
            out.emplace(measure, labels_of(*kept, window));
        }
    }
    return out;
}

history::History kept_series(const std::vector<postgres::KeptValue>& values, KeptLabels labels) {
    history::Limits limits;
    limits.window_ms = std::numeric_limits<TimestampMs>::max() / 4;
    limits.interval_ms = 1;
    history::History out(limits);
    std::vector<metrics::SeriesPoint> moment;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const postgres::KeptValue& value = values[i];
        if (const KeptMetric* kept = metric_of(value.measure); kept != nullptr) {
            const auto found = labels[value.measure]
                                   .try_emplace(value.name, labels_without(*kept, value.name))
                                   .first;
            moment.push_back({found->second, value.value});
        }
        if (i + 1 == values.size() || values[i + 1].at != value.at) {
            out.append(value.at, moment);
            moment.clear();
        }
    }
    return out;
}

} // namespace opsmon::web
