#pragma once
// This component provides the source of the collectors `postgresql`, `postgresql_guard` and
// `postgresql_sampler`: one question to the server per cycle, three reports. It never waits longer
// than its time-out, and says postgresql_up 0 whenever the server did not answer.

#include <memory>
#include <string>
#include <vector>

#include "collect/source.hpp"
#include "collect/postgresql/standby_identity.hpp"
#include "config/config.hpp"
#include "postgres/session.hpp"

namespace opsmon::collect {

// The reports of one answer (pure but for the standbys' names, which remember).
std::vector<CollectorReport> report_postgresql(const Result<postgres::Answer>& answer,
                                               StandbyIdentity& identity);

class PostgresqlSource : public Source {
public:
    PostgresqlSource(config::Postgres settings, std::chrono::milliseconds timeout,
                     std::shared_ptr<StandbyIdentity> identity)
        : session_(std::move(settings)), timeout_(timeout), identity_(std::move(identity)) {}

    [[nodiscard]] std::vector<std::string> collectors() const override;
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    postgres::Session session_;
    std::chrono::milliseconds timeout_;
    std::shared_ptr<StandbyIdentity> identity_;
};

} // namespace opsmon::collect
