#include "rules/lint_metrics.hpp"

#include "metrics/catalog.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace opsmon::rules {
namespace {

// What other exporters show, as far as rules of well-known projects get it wrong. Every series has
// instance and job besides.
struct ForeignMetric {
    std::string_view name;
    MetricKind kind;
    std::string_view unit;
    std::vector<std::string> labels;
    std::string_view gone;
};

const std::vector<ForeignMetric>& foreign_metrics() {
    constexpr auto kGauge = MetricKind::Gauge;
    static const std::vector<ForeignMetric> metrics = {
        {"up", kGauge, "", {}, ""},
        {"pg_up", kGauge, "", {}, ""},
        {"pg_replication_is_replica", kGauge, "", {}, ""},
        {"pg_replication_lag_seconds", kGauge, "seconds", {}, ""},
        {"pg_replication_slots_active", kGauge, "", {"slot_name", "slot_type"}, ""},
        {"pg_replication_slot_slot_is_active", kGauge, "", {"slot_name", "slot_type"}, ""},
        {"pg_stat_activity_max_tx_duration", kGauge, "seconds", {}, ""},
        {"pg_replication_lag",
         kGauge,
         "seconds",
         {},
         "postgres_exporter shows it as pg_replication_lag_seconds"},
        {"pg_stat_bgwriter_checkpoints_timed_total",
         MetricKind::Counter,
         "",
         {},
         "from PostgreSQL 17 on it is pg_stat_checkpointer_num_timed_total"},
        {"pg_stat_bgwriter_checkpoints_req_total",
         MetricKind::Counter,
         "",
         {},
         "from PostgreSQL 17 on it is pg_stat_checkpointer_num_requested_total"},
    };
    return metrics;
}

// Labels of a metric here whose value may be empty: the others are always there.
bool may_be_empty(std::string_view metric, std::string_view label) {
    return (metric.starts_with("postgresql_wal_holder") && label == "name") ||
           metric.ends_with("_info");
}

std::optional<MetricFacts> from_catalog(std::string_view name) {
    for (const auto& spec : metrics::kCatalog) {
        const bool histogram = spec.kind == metrics::Kind::Histogram;
        const bool part =
            histogram && name.starts_with(spec.name) &&
            (name.substr(spec.name.size()) == "_bucket" ||
             name.substr(spec.name.size()) == "_sum" || name.substr(spec.name.size()) == "_count");
        if ((spec.name != name || histogram) && !part) {
            continue;
        }
        MetricFacts out;
        out.kind = name.ends_with("_bucket") && part             ? MetricKind::Bucket
                   : part || spec.kind == metrics::Kind::Counter ? MetricKind::Counter
                                                                 : MetricKind::Gauge;
        out.unit = part && !name.ends_with("_sum") ? "" : spec.unit;
        out.labels.emplace();
        for (const auto& label : spec.labels) {
            if (!label.empty()) {
                // A label that may be empty is known as a name with a question mark behind it.
                out.labels->insert(std::string(label) + (may_be_empty(name, label) ? "?" : ""));
            }
        }
        if (part && name.ends_with("_bucket")) {
            out.labels->insert("le");
        }
        out.zero_or_one = out.kind == MetricKind::Gauge &&
                          (spec.help.starts_with("1 when ") || spec.help.starts_with("1 while ") ||
                           spec.help.starts_with("1 for ") || spec.help.starts_with("1 on "));
        out.of_network = spec.source == "network";
        return out;
    }
    return std::nullopt;
}

// How many letters have to be changed, up to a limit that is worth a suggestion.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

} // namespace

KnownMetrics::KnownMetrics(const std::vector<Group>& groups, std::int64_t sample_interval_ms)
    : sample_interval_ms_(sample_interval_ms) {
    for (const auto& group : groups) {
        for (const auto& rule : group.rules) {
            if (rule.records()) {
                recorded_[rule.record] = group.interval_ms;
            }
        }
    }
}

std::optional<MetricFacts> KnownMetrics::find(const std::string& name) const {
    if (auto known = from_catalog(name)) {
        return known;
    }
    if (recorded_.contains(name) || name == "ALERTS" || name == "ALERTS_FOR_STATE") {
        MetricFacts out;
        out.kind = MetricKind::Derived;
        return out;
    }
    for (const auto& metric : foreign_metrics()) {
        if (metric.name == name) {
            MetricFacts out{
                metric.kind, std::string(metric.unit), std::set<std::string>(), true, false,
                false,       std::string(metric.gone)};
            out.labels->insert(metric.labels.begin(), metric.labels.end());
            return out;
        }
    }
    return std::nullopt;
}

std::int64_t KnownMetrics::interval_ms(const std::string& name) const {
    const auto recorded = recorded_.find(name);
    return recorded == recorded_.end() ? sample_interval_ms_ : recorded->second;
}

std::string KnownMetrics::like(const std::string& name) const {
    std::string best;
    auto best_distance = std::max<std::size_t>(2, name.size() / 4) + 1;
    const auto consider = [&](std::string_view known) {
        const auto away = distance(name, known);
        if (away < best_distance) {
            best = known;
            best_distance = away;
        }
    };
    for (const auto& spec : metrics::kCatalog) {
        consider(spec.name);
    }
    for (const auto& [recorded, interval] : recorded_) {
        consider(recorded);
    }
    return best;
}

} // namespace opsmon::rules
