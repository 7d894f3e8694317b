#pragma once
// This component is the part of the catalog for the inventory of those that take WAL.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kConsumerMetrics = std::to_array<MetricSpec>({
    // PostgreSQL: who takes WAL, and who did; at most 100, those first that are gone or hold much.
    {"postgresql_consumer_info", Kind::Gauge, "postgresql_consumers", "",
     {"kind", "name", "application_name", "owner", "policy", "recognised"},
     "Always 1; whose a consumer of WAL is, what may be done to its slot, and the software it is "
     "recognised as. name as in opsmon.consumers."},
    {"postgresql_consumer_present", Kind::Gauge, "postgresql_consumers", "", {"kind", "name"},
     "1 when the consumer is there or has been away for less than opsmon.consumer_grace, 0 when "
     "it is gone, has lost its WAL or never came; absent for a node of Slony-I that nobody "
     "tells of."},
    {"postgresql_consumer_state", Kind::Gauge, "postgresql_consumers", "",
     {"kind", "name", "state"},
     "Always 1; present, idle (a slot nobody was seen at), missing, vanished, dropped, lost, "
     "not told (a node of Slony-I) or never seen."},
    {"postgresql_consumer_unowned", Kind::Gauge, "postgresql_consumers", "", {"kind", "name"},
     "1 when nobody has said whose the consumer is or whether it belongs here, and no software is "
     "known to look after it, else 0."},
    {"postgresql_consumer_expected", Kind::Gauge, "postgresql_consumers", "", {"kind", "name"},
     "1 when people said that it belongs here, 0 when that it may come and go; absent when they "
     "said neither."},
    {"postgresql_consumer_held_bytes", Kind::Gauge, "postgresql_consumers", "bytes",
     {"kind", "name"},
     "WAL that is kept for the consumer (a node of Slony-I: sl_log); absent when none is."},
    {"postgresql_consumer_first_seen_timestamp_seconds", Kind::Gauge, "postgresql_consumers",
     "seconds", {"kind", "name"},
     "When the consumer was seen for the first time, as Unix time."},
    {"postgresql_consumer_last_seen_timestamp_seconds", Kind::Gauge, "postgresql_consumers",
     "seconds", {"kind", "name"},
     "When the consumer was connected last, as Unix time; absent when it never was."},
    {"postgresql_consumer_gone_since_timestamp_seconds", Kind::Gauge, "postgresql_consumers",
     "seconds", {"kind", "name"},
     "Since when the consumer is away, as Unix time; absent unless it has vanished or its slot "
     "was dropped."},
    {"postgresql_consumers_omitted", Kind::Gauge, "postgresql_consumers", "", {},
     "Consumers beyond the 100 that are shown."},
    {"opsmon_learner_failures_total", Kind::Counter, "postgresql_consumers", "", {},
     "Rounds in which the sampler could not bring opsmon.consumers up to date."},
    {"opsmon_learner_last_learned_timestamp_seconds", Kind::Gauge, "postgresql_consumers",
     "seconds", {},
     "When opsmon.consumers was last brought up to date, as Unix time; absent on a standby."},
});
// clang-format on

} // namespace opsmon::metrics
