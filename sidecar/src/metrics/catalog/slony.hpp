#pragma once
// This component is the part of the catalog for Slony-I clusters. metrics/catalog_table.hpp joins
// the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kSlonyMetrics = std::to_array<MetricSpec>({
    // Slony-I: nothing where no database has a cluster. At most 20 clusters and 80 nodes.
    {"slony_cluster_info", Kind::Gauge, "slony", "",
     {"datname", "cluster", "local_node", "version"},
     "Always 1; the node of the cluster that this database is, and the version of Slony-I."},
    {"slony_cluster_readable", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "1 when the tables of the cluster can be read, else 0; the sidecar's log says why not."},
    {"slony_database_readable", Kind::Gauge, "slony", "", {"datname"},
     "0 when nobody can tell whether the database has a cluster, because the sidecar cannot "
     "connect to it; 1 for a database with a cluster; absent for others."},
    {"slony_database_slon_backends", Kind::Gauge, "slony", "", {"datname"},
     "Sessions that call themselves slon's in a database that cannot be connected to."},
    {"slony_databases_omitted", Kind::Gauge, "slony", "", {},
     "Databases beyond the 100 that are asked for clusters; absent when there are none."},
    {"slony_clusters_omitted", Kind::Gauge, "slony", "", {},
     "Clusters beyond the 20 that are read; absent when there are none."},
    {"slony_cluster_standby", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "1 on a physical standby, where no slon connects and nothing is known of who is connected, "
     "else 0."},
    {"slony_nodes", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "Nodes of the cluster, shown or not."},
    {"slony_nodes_omitted", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "Nodes of the cluster that are not shown."},

    {"slony_node_info", Kind::Gauge, "slony", "", {"datname", "cluster", "node", "comment"},
     "Always 1; what was said of the node when it was stored."},
    {"slony_node_provider", Kind::Gauge, "slony", "", {"datname", "cluster", "node", "provider"},
     "Always 1; from whom the node gets what it is subscribed to."},
    {"slony_node_lag_seconds", Kind::Gauge, "slony", "seconds", {"datname", "cluster", "node"},
     "Age of the oldest event that the node has not confirmed, of the origin it is behind most; "
     "up to 29 when all is well and nothing is written. Absent for the local node."},
    {"slony_node_lag_events", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "Events that the node has not confirmed; absent for the local node."},
    {"slony_node_heartbeat_age_seconds", Kind::Gauge, "slony", "seconds",
     {"datname", "cluster", "node"},
     "Age of the node's own newest event that has arrived here, up to 12 when all is well. The "
     "clocks of both machines go into it."},
    {"slony_node_slon_backends", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "Sessions of the node's slon in this database; absent on a standby."},
    {"slony_node_should_connect", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "1 when the node's slon listens to the local node, 0 when it hears of it through others."},
    {"slony_node_never_confirmed", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "1 when no SYNC of the node has ever arrived: its slon has never run, as far as is known "
     "here; else 0."},
    {"slony_node_subscriptions", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "Sets that the node is subscribed to. A node with none holds the logs as well."},
    {"slony_node_provides", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "Subscriptions of other nodes that the node feeds; it cannot be dropped while there are any."},
    {"slony_node_origin", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "1 when the node is the origin of a set, else 0."},
    {"slony_node_backlog_bytes", Kind::Gauge, "slony", "bytes", {"datname", "cluster", "node"},
     "Bytes of sl_log that the node still needs and one that is up to date would not, estimated "
     "from the share of rows."},
    {"slony_node_held_bytes", Kind::Gauge, "slony", "bytes", {"datname", "cluster", "node"},
     "Bytes of sl_log that the node alone needs: what comes free when it is dropped."},
    {"slony_ghost_backends", Kind::Gauge, "slony", "", {"datname", "cluster", "node"},
     "Sessions of the slon of a node that is not in the cluster (any more); absent when there are "
     "none."},

    {"slony_local_slon_up", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "1 when the slon of the local node is connected, else 0; absent on a standby."},
    {"slony_local_event_age_seconds", Kind::Gauge, "slony", "seconds", {"datname", "cluster"},
     "Age of the newest event of the local node, up to 10 when its slon runs; absent on a "
     "standby."},
    {"slony_cleanup_age_seconds", Kind::Gauge, "slony", "seconds", {"datname", "cluster"},
     "Time since slon last began to clean up; it does so every 10 minutes unless it is told "
     "otherwise."},
    {"slony_log_status", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "What sl_log_status says: 0 and 1 when no switch of logs is under way, 2 and 3 when one is."},
    {"slony_log_switch_in_progress", Kind::Gauge, "slony", "", {"datname", "cluster"},
     "1 while the log that is to be truncated is still needed by somebody, else 0."},
    {"slony_log_switch_age_seconds", Kind::Gauge, "slony", "seconds", {"datname", "cluster"},
     "Time since the last switch of logs began."},
    {"slony_log_bytes", Kind::Gauge, "slony", "bytes", {"datname", "cluster", "table"},
     "Size of sl_log_1 and sl_log_2, with their indexes."},
    {"slony_cluster_log_bytes", Kind::Gauge, "slony", "bytes", {"datname", "cluster"},
     "Size of both logs; known also of a cluster that cannot be read, then from discovery."},
    {"slony_event_bytes", Kind::Gauge, "slony", "bytes", {"datname", "cluster"},
     "Size of sl_event, with its indexes."},
    {"slony_confirm_bytes", Kind::Gauge, "slony", "bytes", {"datname", "cluster"},
     "Size of sl_confirm, with its indexes."},
    {"slony_oldest_event_age_seconds", Kind::Gauge, "slony", "seconds", {"datname", "cluster"},
     "Age of the oldest event of the local node that is kept."},
    {"slony_action_sequence_total", Kind::Counter, "slony", "", {"datname", "cluster"},
     "Changed rows that were ever logged in this database."},
});
// clang-format on

} // namespace opsmon::metrics
