#pragma once
// This component is the part of the catalog for the remedy of Slony-I clusters.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kSlonyRemedyMetrics = std::to_array<MetricSpec>({
    // Slony-I: what is done about dead nodes, where opsmon_slony.sql was run.
    {"slony_remedy_enforcing", Kind::Gauge, "slony_remedy", "", {"datname", "cluster"},
     "1 when a dead node that may be dropped is dropped (slony.remedy.mode is enforce), 0 when it "
     "is only told."},
    {"slony_remedy_candidate", Kind::Gauge, "slony_remedy", "", {"datname", "cluster", "node"},
     "1 when nothing speaks against dropping the node: it is dropped, or would be. Else 0."},
    {"slony_remedy_refusals", Kind::Gauge, "slony_remedy", "", {"datname", "cluster", "node"},
     "How many reasons speak against dropping the node; /api/v1/slony has them in words."},
    {"slony_remedy_events_total", Kind::Counter, "slony_remedy", "",
     {"datname", "cluster", "action", "outcome"},
     "Entries in opsmon_slony.ledger: drop or clean_up, and done, would, refused or failed. What "
     "changes nothing is noted once."},
    {"slony_remedy_event_timestamp_seconds", Kind::Gauge, "slony_remedy", "seconds",
     {"datname", "cluster", "action", "outcome"},
     "When the newest of these entries was made, as Unix time."},
    {"slony_remedy_last_drop_timestamp_seconds", Kind::Gauge, "slony_remedy", "seconds",
     {"datname", "cluster"},
     "When a node was dropped last, as Unix time; absent when none was."},
});
// clang-format on

} // namespace opsmon::metrics
