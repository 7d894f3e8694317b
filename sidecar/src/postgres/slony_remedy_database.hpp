#pragma once
// This component provides `SlonyRemedyDatabase`, the remedy's own connection to one database with a
// Slony-I cluster, and `read_remedy_server()`, what the extension says of the data volume and of
// policies. It calls only functions in the schema opsmon_slony, and only when that belongs to a
// superuser: anybody else's would run with the sidecar's rights. It decides nothing.

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "postgres/connection.hpp"
#include "postgres/slony_remedy_rows.hpp"

namespace opsmon::postgres {

class SlonyRemedyDatabase {
public:
    SlonyRemedyDatabase(std::string name, config::Postgres login)
        : name_(std::move(name)), login_(std::move(login)) {}

    // What it says of a cluster, and has against dropping `nodes`. Nothing, and no error: the
    // script opsmon_slony.sql was not run there, or not for this cluster.
    Result<std::optional<SlonyRemedyRows>> read(const std::string& cluster,
                                                const std::vector<int>& nodes,
                                                config::milliseconds minimum_silence,
                                                SteadyTime deadline, const StopSignal& stop);
    // An error leaves open whether it was dropped: the next read() tells.
    Result<DropRow> drop_node(const std::string& cluster, int node,
                              config::milliseconds minimum_silence, bool dry_run,
                              const std::string& reason, SteadyTime deadline,
                              const StopSignal& stop);
    // Bytes that the logs take afterwards.
    Result<double> clean_up(const std::string& cluster, SteadyTime deadline,
                            const StopSignal& stop);
    Result<void> note_clean_up(const std::string& cluster, int node, bool done,
                               const std::string& reason, SteadyTime deadline,
                               const StopSignal& stop);

private:
    Result<Answer> run(const std::string& sql, SteadyTime deadline, const StopSignal& stop);
    Result<Answer> write(const std::string& select, SteadyTime deadline, const StopSignal& stop);
    Result<void> connect(SteadyTime deadline, const StopSignal& stop);
    Result<std::string> quoted(const std::string& text, SteadyTime deadline,
                               const StopSignal& stop);

    std::string name_; // of the database; empty: as the connection string has it
    config::Postgres login_;
    std::optional<Connection> connection_;
};

// Over a connection of its own, which is closed again.
Result<RemedyServerRows> read_remedy_server(const config::Postgres& login, SteadyTime deadline,
                                            const StopSignal& stop);

} // namespace opsmon::postgres
