#pragma once
// This component holds what the remedy did about nodes of Slony-I, as its ledger has it: plain
// rows. The remedy's ledger is read into them, and the extension is told of them. No secret is in
// them.

#include <string>

#include "postgres/rows.hpp"

namespace opsmon::postgres {

struct SlonyDeedRow {
    double number = 0; // in the ledger of that database
    double at = 0;     // Unix time, seconds
    std::string database;
    std::string cluster;
    Number node; // nothing: it was about the cluster
    std::string action;
    std::string outcome;
    std::string reason;
    std::string detail; // JSON; empty: none
};

} // namespace opsmon::postgres
