#pragma once
// This component provides the source of the collectors `postgresql`, `postgresql_guard`,
// `postgresql_sampler`, `postgresql_consumers` and `postgresql_volume`: one question to the server
// per cycle, five reports.
// It never waits longer than its time-out, says postgresql_up 0 whenever the server did not answer,
// and looks after the volumes itself meanwhile.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/source.hpp"
#include "collect/postgresql/server_process.hpp"
#include "collect/postgresql/standby_identity.hpp"
#include "collect/postgresql/volume_watch.hpp"
#include "config/config.hpp"
#include "postgres/session.hpp"

namespace opsmon::collect {

// What an answer says besides what it becomes in the reports.
struct Heard {
    std::optional<postgres::ServerRow> server;
    std::optional<HeardVolumes> volumes; // only while the guard's view of them is fresh
};

// The reports of one answer (pure but for the standbys' names, which remember).
std::vector<CollectorReport> report_postgresql(const Result<postgres::Answer>& answer,
                                               StandbyIdentity& identity, Heard& heard);

// What the source shares with others, or keeps longer than itself.
struct PostgresqlSurroundings {
    std::string proc;
    std::shared_ptr<StandbyIdentity> identity;
    std::shared_ptr<ServerProcess> process;
    std::shared_ptr<VolumeMemory> volumes;
    std::shared_ptr<StuckMounts> stuck_mounts;
};

class PostgresqlSource : public Source {
public:
    PostgresqlSource(const config::Postgres& settings, std::chrono::milliseconds timeout,
                     PostgresqlSurroundings around);

    [[nodiscard]] std::vector<std::string> collectors() const override;
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    postgres::Session session_;
    std::chrono::milliseconds timeout_;
    PostgresqlSurroundings around_;
    VolumeWatch volumes_;
};

} // namespace opsmon::collect
