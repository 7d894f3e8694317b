#include "remedy/cluster_report.hpp"

#include <nlohmann/json.hpp>

namespace opsmon::remedy {
namespace {

using nlohmann::json;

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
    case Verdict::Refuse:
        return "refuse";
    case Verdict::Would:
        return "would";
    case Verdict::Act:
        return "act";
    }
    return "";
}

json write_number(const Number& value) {
    return value ? json(*value) : json();
}

json write_node(int id, const NodeReport& node) {
    json reasons = json::array();
    for (const Refusal& refusal : node.decision.refusals) {
        reasons.push_back({{"code", refusal.code}, {"text", refusal.text}});
    }
    return {{"node", id},
            {"decision", verdict_name(node.decision.verdict)},
            {"summary", node.decision.summary},
            {"reasons", std::move(reasons)},
            {"last_try", node.last_result},
            {"slonik", node.slonik},
            {"sql", node.sql}};
}

json write_cluster(const ClusterReport& report) {
    json nodes = json::array();
    for (const auto& [id, node] : report.nodes) {
        nodes.push_back(write_node(id, node));
    }
    json events = json::array();
    for (const postgres::RemedyEventRow& event : report.events) {
        events.push_back({{"action", event.action},
                          {"outcome", event.outcome},
                          {"count", event.events},
                          {"last_at", write_number(event.last_at)}});
    }
    json ghosts = json::array();
    for (const postgres::SlonyGhostRow& ghost : report.ghosts) {
        ghosts.push_back({{"node", ghost.node}, {"slon_backends", ghost.slon_backends}});
    }
    json out{{"database", report.database},   {"cluster", report.cluster},
             {"installed", report.installed}, {"problem", report.problem},
             {"nodes", std::move(nodes)},     {"expendable", report.expendable},
             {"ledger", std::move(events)},   {"last_deed", report.last_deed},
             {"clean_up", report.clean_up},   {"ghosts", std::move(ghosts)}};
    if (report.last_drop) {
        const postgres::LastDropRow& drop = *report.last_drop;
        out["last_drop"] = {{"node", drop.node},
                            {"time", drop.at},
                            {"before_bytes", write_number(drop.before_bytes)},
                            {"after_bytes", write_number(drop.after_bytes)},
                            {"clean_up", drop.clean_up ? json(*drop.clean_up) : json()}};
    }
    return out;
}

} // namespace

const char* mode_name(config::RemedyMode mode) {
    switch (mode) {
    case config::RemedyMode::Off:
        return "off";
    case config::RemedyMode::Observe:
        return "observe";
    case config::RemedyMode::Enforce:
        return "enforce";
    }
    return "";
}

void add_metrics(metrics::SampleList& out, const ClusterReport& report, config::RemedyMode mode) {
    if (!report.installed) {
        return;
    }
    const std::string& database = report.database;
    const std::string& cluster = report.cluster;
    out.add<"slony_remedy_enforcing">(mode == config::RemedyMode::Enforce ? 1 : 0, database,
                                      cluster);
    for (const auto& [id, node] : report.nodes) {
        const std::string name = std::to_string(id);
        out.add<"slony_remedy_candidate">(node.decision.verdict == Verdict::Refuse ? 0 : 1,
                                          database, cluster, name);
        out.add<"slony_remedy_refusals">(static_cast<double>(node.decision.refusals.size()),
                                         database, cluster, name);
    }
    for (const postgres::RemedyEventRow& event : report.events) {
        out.add<"slony_remedy_events_total">(event.events, database, cluster, event.action,
                                             event.outcome);
        out.add<"slony_remedy_event_timestamp_seconds">(event.last_at, database, cluster,
                                                        event.action, event.outcome);
    }
    if (report.last_drop) {
        out.add<"slony_remedy_last_drop_timestamp_seconds">(report.last_drop->at, database,
                                                            cluster);
    }
}

std::string write_document(const std::vector<ClusterReport>& reports, config::RemedyMode mode,
                           TimestampMs at) {
    json clusters = json::array();
    for (const ClusterReport& report : reports) {
        clusters.push_back(write_cluster(report));
    }
    const json out{{"mode", mode_name(mode)},
                   {"time", static_cast<double>(at) / 1000},
                   {"clusters", std::move(clusters)}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace opsmon::remedy
