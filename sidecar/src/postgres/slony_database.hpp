#pragma once
// This component provides `SlonyDatabase`: one database of the server, asked seldom whether it has
// Slony-I clusters and, when it has, read through a connection that lasts. The collector has one
// for each database. It only reads, judges nothing, and never waits beyond its deadline.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "postgres/connection.hpp"
#include "postgres/slony_rows.hpp"

namespace opsmon::postgres {

// How to log in for Slony-I: as for the server, unless the settings name another login.
config::Postgres slony_login(const config::Postgres& server, const config::Slony& slony);

struct UnreadCluster {
    SlonyClusterRow found;
    std::string why;
};

// What one look at a database gave.
struct SlonyLook {
    std::vector<SlonyRows> clusters;
    std::vector<UnreadCluster> unread;
    std::string error; // of the database as a whole; then all its clusters are unread
};

class SlonyDatabase {
public:
    SlonyDatabase(std::string name, config::Postgres login)
        : name_(std::move(name)), login_(std::move(login)) {}

    // Which clusters there are. Without one, no connection stays open.
    Result<void> examine(SteadyTime deadline, const StopSignal& stop);

    // The clusters that the last examination found. One that fails is examined before it is read
    // again: it may be gone, or have been granted.
    SlonyLook read(SteadyTime deadline, const StopSignal& stop);

    [[nodiscard]] const std::vector<SlonyClusterRow>& clusters() const { return clusters_; }

private:
    Result<Answer> run(const std::string& sql, SteadyTime deadline, const StopSignal& stop);
    Result<SlonyRows> read_cluster(const SlonyClusterRow& found, SteadyTime deadline,
                                   const StopSignal& stop);

    std::string name_;
    config::Postgres login_;
    std::optional<Connection> connection_;
    std::vector<SlonyClusterRow> clusters_;
    bool examine_first_ = false;
};

// The server's databases, asked for over a connection of its own.
Result<Answer> ask_databases(const config::Postgres& login, SteadyTime deadline,
                             const StopSignal& stop);

} // namespace opsmon::postgres
