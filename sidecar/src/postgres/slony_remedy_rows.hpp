#pragma once
// This component holds what the remedy reads besides the view of a cluster: what the functions in
// the schema opsmon_slony say, and what the extension says of the data volume. Plain rows, nothing
// where SQL has NULL. SlonyRemedyDatabase fills them. No secret is in them.

#include <optional>
#include <string>
#include <vector>

#include "postgres/rows.hpp"
#include "postgres/slony_deeds.hpp"

namespace opsmon::postgres {

// Why something is not done: a word for programs, a sentence with numbers for people.
struct Refusal {
    std::string code;
    std::string text;
    friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct NodeAddressRow {
    int node = 0;
    Text host; // nothing: a path that is not understood
    Number port;
};

struct NodeRefusalRow {
    int node = 0;
    Refusal refusal;
};

struct RemedyEventRow {
    std::string action;
    std::string outcome;
    double events = 0;
    Number last_at;
};

// The last node that was dropped.
struct LastDropRow {
    double number = 0; // in the ledger
    int node = 0;
    double at = 0; // Unix time, seconds
    Number before_bytes;
    Text clean_up; // how it ended; nothing: not yet
    Number after_bytes;
    double age = 0;
};

// What a database says of one of its clusters.
struct SlonyRemedyRows {
    std::string server_start;    // tells one server from another
    std::string cluster_literal; // the name as SQL writes it
    std::vector<int> expendable;
    std::vector<NodeAddressRow> addresses;
    std::vector<RemedyEventRow> events;
    std::vector<LastDropRow> last_drop;   // one row, or none
    std::vector<SlonyDeedRow> deeds;      // the newest of the ledger
    std::vector<NodeRefusalRow> refusals; // of the nodes that were asked for
};

struct DropRow {
    std::string outcome;
    std::string refusals;
    Number before_bytes;
};

// The volume that the data lies on, as the guard sees it.
struct DataVolumeRow {
    std::string server_start;
    Number size_bytes;
    Number free_bytes;
    Number full_in;
    Number rung;
    Number age;
};

struct NodePolicyRow {
    std::string name; // "production.2@app"
    std::string policy;
};

struct RemedyServerRows {
    std::vector<DataVolumeRow> volume; // one row, or none
    std::vector<NodePolicyRow> policies;
};

} // namespace opsmon::postgres
