#pragma once
// This component provides the source of the collector `slony`: every few minutes it asks all
// databases for Slony-I clusters, and reads those there are, each cycle, one connection for each
// database. What it sees it lays down as one `SlonyView` for others. It changes nothing in any
// database; where there is no cluster it has no connection.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/slony/slony_view.hpp"
#include "collect/source.hpp"
#include "config/config.hpp"
#include "postgres/slony_database.hpp"
#include "postgres/slony_discovery.hpp"

namespace opsmon::collect {

class SlonySource : public Source {
public:
    // `timeout`: how long one cycle may take; what is not reached then comes first in the next.
    SlonySource(const config::Postgres& server, const config::Slony& settings,
                std::chrono::milliseconds timeout, std::shared_ptr<SlonyPlace> place);

    [[nodiscard]] std::vector<std::string> collectors() const override { return {"slony"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    struct Database {
        explicit Database(postgres::SlonyDatabase asked) : source(std::move(asked)) {}
        postgres::SlonyDatabase source;
        bool to_be_examined = true;
        std::string why; // the last examination failed
        double slon_backends = 0;
    };

    Result<void> list_databases(SteadyTime deadline, const StopSignal& stop);
    void take_list(const std::vector<postgres::SlonyDatabaseRow>& rows);
    void examine(SteadyTime deadline, const StopSignal& stop);
    SlonyView look(TimestampMs at, SteadyTime deadline, const StopSignal& stop);
    void look_at(const std::string& name, Database& database, SlonyView& view, SteadyTime deadline,
                 const StopSignal& stop);

    void tell_changes(const SlonyView& view);

    config::Postgres login_;
    config::Slony settings_;
    std::chrono::milliseconds timeout_;
    std::shared_ptr<SlonyPlace> place_;
    std::map<std::string, Database> databases_;
    double databases_omitted_ = 0;
    std::optional<SteadyTime> listed_at_;
    std::map<std::string, std::string> told_; // what cannot be read -> why
};

} // namespace opsmon::collect
