#pragma once
// This component holds what the remedy has to show of one cluster, and makes metrics and the
// document of it. The source keeps one for each cluster. Pure.

#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "metrics/samples.hpp"
#include "remedy/facts.hpp"

namespace opsmon::remedy {

struct NodeReport {
    Decision decision;
    std::string last_result; // of asking the node itself
    std::string slonik;      // what a DBA would type
    std::string sql;
};

struct ClusterReport {
    std::string database;
    std::string cluster;
    bool installed = false; // opsmon_slony.sql was run there
    std::string problem;    // why nothing can be decided
    std::map<int, NodeReport> nodes;
    std::vector<int> expendable;
    std::vector<postgres::RemedyEventRow> events;
    std::vector<postgres::SlonyDeedRow> deeds; // for those who are told of them
    std::optional<postgres::LastDropRow> last_drop;
    std::string last_deed; // what came of the last attempt
    std::string clean_up;  // how far it is; empty: none is going on
    std::vector<postgres::SlonyGhostRow> ghosts;
};

const char* mode_name(config::RemedyMode mode);
void add_metrics(metrics::SampleList& out, const ClusterReport& report, config::RemedyMode mode);
// JSON, with what concerns each node.
std::string write_document(const std::vector<ClusterReport>& reports, config::RemedyMode mode,
                           TimestampMs at);

} // namespace opsmon::remedy
