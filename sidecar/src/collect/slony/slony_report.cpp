#include "collect/slony/slony_report.hpp"

#include <algorithm>
#include <set>

namespace opsmon::collect {
namespace {

// What every series of a cluster is labelled with.
struct Whose {
    std::string database;
    std::string cluster;
};

// A node that has never been heard of is as old as the events that wait for it.
postgres::Number heartbeat_of(const postgres::SlonyNodeRow& node) {
    return node.heartbeat_age || !node.never_confirmed ? node.heartbeat_age : node.lag_seconds;
}

void add_node(metrics::SampleList& out, const Whose& whose, const postgres::SlonyNodeRow& node,
              bool standby) {
    const auto& [database, cluster] = whose;
    const std::string id = std::to_string(node.node);
    out.add<"slony_node_info">(1, database, cluster, id, node.comment);
    for (const int provider : node.providers) {
        out.add<"slony_node_provider">(1, database, cluster, id, std::to_string(provider));
    }
    out.add<"slony_node_lag_seconds">(node.lag_seconds, database, cluster, id);
    out.add<"slony_node_lag_events">(node.lag_events, database, cluster, id);
    out.add<"slony_node_heartbeat_age_seconds">(heartbeat_of(node), database, cluster, id);
    if (!standby) {
        out.add<"slony_node_slon_backends">(node.slon_backends, database, cluster, id);
    }
    out.add<"slony_node_should_connect">(node.should_connect ? 1 : 0, database, cluster, id);
    out.add<"slony_node_never_confirmed">(node.never_confirmed ? 1 : 0, database, cluster, id);
    out.add<"slony_node_subscriptions">(node.subscriptions, database, cluster, id);
    out.add<"slony_node_provides">(node.provides, database, cluster, id);
    out.add<"slony_node_origin">(node.is_origin ? 1 : 0, database, cluster, id);
    out.add<"slony_node_backlog_bytes">(node.backlog_bytes, database, cluster, id);
    out.add<"slony_node_held_bytes">(node.held_bytes, database, cluster, id);
}

void add_local(metrics::SampleList& out, const Whose& whose, const postgres::SlonyLocalRow& local,
               bool standby) {
    const auto& [database, cluster] = whose;
    if (!standby) {
        out.add<"slony_local_slon_up">(local.slon_backends > 0 ? 1 : 0, database, cluster);
        out.add<"slony_local_event_age_seconds">(local.event_age, database, cluster);
    }
    out.add<"slony_cleanup_age_seconds">(local.cleanup_age, database, cluster);
    out.add<"slony_log_status">(local.log_status, database, cluster);
    out.add<"slony_log_switch_in_progress">(local.log_status >= 2 ? 1 : 0, database, cluster);
    out.add<"slony_log_switch_age_seconds">(local.switch_age, database, cluster);
    out.add<"slony_log_bytes">(local.log_1_bytes, database, cluster, "sl_log_1");
    out.add<"slony_log_bytes">(local.log_2_bytes, database, cluster, "sl_log_2");
    out.add<"slony_cluster_log_bytes">(local.log_1_bytes + local.log_2_bytes, database, cluster);
    out.add<"slony_event_bytes">(local.event_bytes, database, cluster);
    out.add<"slony_confirm_bytes">(local.confirm_bytes, database, cluster);
    out.add<"slony_oldest_event_age_seconds">(local.oldest_event_age, database, cluster);
    out.add<"slony_action_sequence_total">(local.action_sequence, database, cluster);
}

// Takes from `room` what it shows.
void add_cluster(metrics::SampleList& out, const postgres::SlonyRows& rows, std::size_t& room) {
    const Whose whose{rows.found.database, rows.found.cluster};
    const auto& [database, cluster] = whose;
    const bool standby = rows.found.standby;
    out.add<"slony_cluster_info">(1, database, cluster, std::to_string(rows.local.node),
                                  rows.found.version.value_or(""));
    out.add<"slony_cluster_readable">(1, database, cluster);
    out.add<"slony_cluster_standby">(standby ? 1 : 0, database, cluster);
    add_local(out, whose, rows.local, standby);
    const std::size_t shown = std::min(room, rows.nodes.size());
    for (std::size_t i = 0; i < shown; ++i) {
        add_node(out, whose, rows.nodes[i], standby);
    }
    room -= shown;
    out.add<"slony_nodes">(rows.local.nodes, database, cluster);
    out.add<"slony_nodes_omitted">(std::max(0.0, rows.local.nodes - static_cast<double>(shown)),
                                   database, cluster);
    for (const postgres::SlonyGhostRow& ghost : rows.ghosts) {
        out.add<"slony_ghost_backends">(ghost.slon_backends, database, cluster,
                                        std::to_string(ghost.node));
    }
}

void add_unreadable(CollectorReport& report, const UnreadableSlony& unreadable) {
    metrics::SampleList& out = report.samples;
    if (unreadable.cluster.empty()) {
        out.add<"slony_database_readable">(0, unreadable.database);
        out.add<"slony_database_slon_backends">(unreadable.slon_backends, unreadable.database);
        report.silent.push_back({"datname", unreadable.database});
        return;
    }
    out.add<"slony_cluster_readable">(0, unreadable.database, unreadable.cluster);
    out.add<"slony_cluster_log_bytes">(unreadable.log_bytes, unreadable.database,
                                       unreadable.cluster);
    report.silent.push_back({"cluster", unreadable.cluster});
    report.silent.push_back({"datname", unreadable.database});
}

} // namespace

CollectorReport report_slony(const SlonyView& view) {
    CollectorReport report;
    report.collector = "slony";
    std::set<std::string> with_cluster;
    std::size_t room = kShownSlonyNodes;
    for (const postgres::SlonyRows& rows : view.clusters) {
        add_cluster(report.samples, rows, room);
        with_cluster.insert(rows.found.database);
    }
    for (const UnreadableSlony& unreadable : view.unreadable) {
        add_unreadable(report, unreadable);
        if (unreadable.no_answer && !unreadable.cluster.empty()) {
            report.error = "database " + unreadable.database + ": " + unreadable.why;
        } else if (!unreadable.cluster.empty()) {
            with_cluster.insert(unreadable.database);
        }
    }
    for (const std::string& database : with_cluster) {
        report.samples.add<"slony_database_readable">(1, database);
    }
    if (view.databases_omitted > 0) {
        report.samples.add<"slony_databases_omitted">(view.databases_omitted);
    }
    if (view.clusters_omitted > 0) {
        report.samples.add<"slony_clusters_omitted">(view.clusters_omitted);
    }
    report.success = report.error.empty();
    return report;
}

} // namespace opsmon::collect
