#pragma once
// This component writes what a DBA would type to drop a node: a script of slonik's, and SQL. The
// document shows both. Pure. It holds no password and no user, and never names the dead node in a
// preamble: a host that hangs would hang slonik too. Where the node may be alive, or is needed,
// both begin with that.

#include <string>
#include <vector>

#include "postgres/slony_remedy_rows.hpp"

namespace opsmon::remedy {

struct DropByHand {
    std::string cluster;
    std::string database;
    int node = 0;
    int event_node = 0;
    std::string cluster_literal; // as PostgreSQL quotes it; empty: the functions are not there
    std::vector<postgres::NodeAddressRow> addresses; // of all nodes
    std::string not_now = {};                        // why not; empty: nothing speaks against it
};

std::string slonik_script(const DropByHand& drop);
std::string sql_script(const DropByHand& drop);

} // namespace opsmon::remedy
