#include "collect/slony/slony.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "collect/slony/slony_report.hpp"

namespace opsmon::collect {
namespace {

// A database that hangs leaves time for the others.
constexpr int kShareOfOne = 3;

UnreadableSlony unreadable_cluster(const postgres::UnreadCluster& unread, bool no_answer) {
    UnreadableSlony out;
    out.database = unread.found.database;
    out.cluster = unread.found.cluster;
    out.why = unread.why;
    out.log_bytes = unread.found.log_bytes;
    out.no_answer = no_answer;
    return out;
}

} // namespace

SlonySource::SlonySource(const config::Postgres& server, const config::Slony& settings,
                         std::chrono::milliseconds timeout, std::shared_ptr<SlonyPlace> place)
    : login_(postgres::slony_login(server, settings)),
      settings_(settings),
      timeout_(timeout),
      place_(std::move(place)) {}

std::vector<CollectorReport> SlonySource::collect(const CycleTime& now, const StopSignal& stop) {
    const SteadyTime deadline = now.steady + timeout_;
    Result<void> listed;
    if (!listed_at_ || now.steady - *listed_at_ >= settings_.discovery_interval) {
        listed = list_databases(deadline, stop);
        if (listed) {
            listed_at_ = now.steady;
        }
    }
    examine(deadline, stop);
    auto view = std::make_shared<const SlonyView>(look(now.wall, deadline, stop));
    if (stop.requested()) {
        return {};
    }
    tell_changes(*view);
    CollectorReport report = report_slony(*view);
    if (!listed && report.success) {
        report.success = false;
        report.error = "the list of databases: " + listed.error().message;
    }
    place_->put(std::move(view));
    std::vector<CollectorReport> out;
    out.push_back(std::move(report));
    return out;
}

Result<void> SlonySource::list_databases(SteadyTime deadline, const StopSignal& stop) {
    const auto answer = postgres::ask_databases(login_, deadline, stop);
    if (!answer) {
        return answer.error();
    }
    const auto rows = postgres::read_slony_databases(*answer);
    if (!rows) {
        return rows.error();
    }
    take_list(*rows);
    return {};
}

void SlonySource::take_list(const std::vector<postgres::SlonyDatabaseRow>& rows) {
    std::set<std::string> listed;
    std::size_t wanted = 0;
    for (const postgres::SlonyDatabaseRow& row : rows) {
        if (matches_any_glob(settings_.ignored_databases, row.database)) {
            continue;
        }
        if (++wanted > postgres::kMaxSlonyDatabases) {
            continue;
        }
        listed.insert(row.database);
        const auto [known, added] =
            databases_.try_emplace(row.database, postgres::SlonyDatabase(row.database, login_));
        known->second.to_be_examined = true;
        known->second.slon_backends = row.slon_backends;
    }
    const double unlisted =
        rows.empty() ? 0 : rows.front().databases - static_cast<double>(rows.size());
    databases_omitted_ = unlisted + static_cast<double>(wanted - listed.size());
    std::erase_if(databases_, [&](const auto& item) { return !listed.contains(item.first); });
}

void SlonySource::examine(SteadyTime deadline, const StopSignal& stop) {
    for (auto& [name, database] : databases_) {
        const SteadyTime now = steady_now();
        if (stop.requested() || now >= deadline) {
            return; // the rest comes first in the next cycle
        }
        if (!database.to_be_examined) {
            continue;
        }
        const auto examined =
            database.source.examine(std::min(deadline, now + timeout_ / kShareOfOne), stop);
        database.why = examined ? "" : examined.error().message;
        database.to_be_examined = false;
    }
}

SlonyView SlonySource::look(TimestampMs at, SteadyTime deadline, const StopSignal& stop) {
    SlonyView view;
    view.at = at;
    view.databases_omitted = databases_omitted_;
    for (auto& [name, database] : databases_) {
        look_at(name, database, view, deadline, stop);
    }
    return view;
}

void SlonySource::look_at(const std::string& name, Database& database, SlonyView& view,
                          SteadyTime deadline, const StopSignal& stop) {
    if (database.source.clusters().empty()) {
        if (!database.why.empty()) {
            UnreadableSlony unknown;
            unknown.database = name;
            unknown.why = database.why;
            unknown.slon_backends = database.slon_backends;
            unknown.no_answer = true;
            view.unreadable.push_back(std::move(unknown));
        }
        return;
    }
    const std::size_t seen = view.clusters.size() + view.unreadable.size();
    if (seen >= postgres::kMaxSlonyClusters) {
        view.clusters_omitted += static_cast<double>(database.source.clusters().size());
        return;
    }
    auto found =
        database.source.read(std::min(deadline, steady_now() + timeout_ / kShareOfOne), stop);
    for (postgres::SlonyRows& rows : found.clusters) {
        view.clusters.push_back(std::move(rows));
    }
    for (const postgres::UnreadCluster& unread : found.unread) {
        view.unreadable.push_back(unreadable_cluster(unread, !found.error.empty()));
    }
}

// Once for each reason, not each cycle: the metrics only say that it is so.
void SlonySource::tell_changes(const SlonyView& view) {
    std::map<std::string, std::string> told;
    for (const UnreadableSlony& unreadable : view.unreadable) {
        const std::string what =
            unreadable.cluster.empty()
                ? "database " + unreadable.database
                : "cluster " + unreadable.cluster + " in database " + unreadable.database;
        if (const auto before = told_.find(what);
            before == told_.end() || before->second != unreadable.why) {
            log::warning("Slony-I cannot be watched in " + what, {{"error", unreadable.why}});
        }
        told[what] = unreadable.why;
    }
    told_ = std::move(told);
}

} // namespace opsmon::collect
