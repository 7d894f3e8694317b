#pragma once
// This component holds what is read of Slony-I clusters, as plain rows: numbers as they are,
// nothing where SQL has NULL, ages in seconds as the server's clock has them. slony_queries.cpp
// fills them; collect/slony makes metrics of them and remedy/ decides by them. No secret is in
// them: paths' connection strings are never read.

#include <string>
#include <vector>

#include "postgres/rows.hpp"

namespace opsmon::postgres {

// A cluster in one database, as discovery finds it.
struct SlonyClusterRow {
    std::string database;
    std::string schema;  // "_production"
    std::string cluster; // "production"
    Text version;        // of slony1_funcs
    bool readable = false;
    Number log_bytes;     // sl_log_1 and sl_log_2 with their indexes; known without any privilege
    bool standby = false; // in recovery: no slon connects here, so who is connected is not known
};

// The local node: its slon and its logs.
struct SlonyLocalRow {
    int node = 0;
    bool is_origin = false; // of any set
    double slon_backends = 0;
    Number event_age;      // of its own newest event
    Number cleanup_age;    // since the clean-up thread began its last turn
    double log_status = 0; // 0 and 1: idle; 2 and 3: a switch is in progress
    Number switch_age;     // since the last switch was started
    double log_1_bytes = 0;
    double log_2_bytes = 0;
    double event_bytes = 0;
    double confirm_bytes = 0;
    Number oldest_event_age;
    double action_sequence = 0;
    double failed_nodes = 0; // nodes marked by a failover that is not over
    double nodes = 0;        // of the cluster, shown or not
};

// A node of the cluster as the local node sees it. Of several origins, the one it is behind most.
struct SlonyNodeRow {
    int node = 0;
    std::string comment;
    bool active = false;
    bool is_local = false;
    bool is_origin = false;
    double subscriptions = 0;
    double provides = 0;          // subscriptions of others that it feeds
    std::vector<int> providers;   // who feeds it
    Number lag_events;            // nothing for the local node
    Number lag_seconds;           // nothing for the local node
    bool never_confirmed = false; // no SYNC of it has ever arrived: its slon has never run
    Number heartbeat_age;         // of its newest event that arrived here
    bool should_connect = false;  // its slon listens to the local node
    double slon_backends = 0;
    Number backlog_rows;
    Number backlog_bytes;
    Number held_bytes; // what would be freed if it alone were gone
};

// A slon that is connected although its node is not in the cluster (any more).
struct SlonyGhostRow {
    int node = 0;
    double slon_backends = 0;
};

struct SlonyRows {
    SlonyClusterRow found;
    SlonyLocalRow local;
    std::vector<SlonyNodeRow> nodes;
    std::vector<SlonyGhostRow> ghosts;
};

} // namespace opsmon::postgres
