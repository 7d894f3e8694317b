#include "remedy/slony_remedy.hpp"

#include <set>

#include "postgres/slony_database.hpp"

namespace opsmon::remedy {

SlonyRemedySource::SlonyRemedySource(const config::Postgres& server, const config::Slony& settings,
                                     std::chrono::milliseconds timeout,
                                     std::shared_ptr<collect::SlonyPlace> place,
                                     std::shared_ptr<store::Store> store)
    : server_(server),
      login_(postgres::slony_login(server, settings)),
      settings_(settings.remedy),
      timeout_(timeout),
      place_(std::move(place)),
      store_(std::move(store)) {}

collect::Documents::Write SlonyRemedySource::document() const {
    return [shown = shown_] {
        const std::lock_guard lock(shown->mutex);
        return shown->text;
    };
}

std::vector<collect::CollectorReport> SlonyRemedySource::collect(const collect::CycleTime& now,
                                                                 const StopSignal& stop) {
    Around around;
    around.now = now.wall;
    around.deadline = now.steady + timeout_;
    around.stop = &stop;
    around.resolver = &resolver_;
    around.store = store_.get();
    const auto view = place_->newest();
    if (view && view != seen_) {
        look(*view, around);
        seen_ = view;
    }
    around.server = nullptr;
    std::vector<postgres::SlonyDeedRow> deeds;
    for (auto& [key, cluster] : clusters_) {
        cluster.go_on(around);
        const auto& its = cluster.report().deeds;
        deeds.insert(deeds.end(), its.begin(), its.end());
    }
    place_->put_deeds(std::move(deeds));
    return {report(now.wall)};
}

void SlonyRemedySource::look(const collect::SlonyView& view, Around& around) {
    std::set<Key> there;
    for (const postgres::SlonyRows& rows : view.clusters) {
        there.insert({rows.found.database, rows.found.cluster});
    }
    // What could not be read this time is watched anew when it can be.
    std::erase_if(clusters_, [&](const auto& item) { return !there.contains(item.first); });
    if (there.empty()) {
        return;
    }
    const auto server = postgres::read_remedy_server(server_, around.deadline, *around.stop);
    around.server = &server;
    for (const postgres::SlonyRows& rows : view.clusters) {
        const Key key{rows.found.database, rows.found.cluster};
        auto [found, added] = clusters_.try_emplace(key, settings_, login_, rows.found);
        found->second.look(view, rows, around);
    }
}

collect::CollectorReport SlonyRemedySource::report(TimestampMs now) const {
    collect::CollectorReport out;
    out.collector = "slony_remedy";
    std::vector<ClusterReport> reports;
    for (const auto& [key, cluster] : clusters_) {
        const ClusterReport& shown = cluster.report();
        reports.push_back(shown);
        add_metrics(out.samples, shown, settings_.mode);
        // That the script was not run is somebody's choice, not a failure.
        if (shown.installed && !shown.problem.empty()) {
            out.error += (out.error.empty() ? "" : "; ") + shown.cluster + " in database " +
                         shown.database + ": " + shown.problem;
        }
    }
    out.success = out.error.empty();
    std::string text = write_document(reports, settings_.mode, now);
    const std::lock_guard lock(shown_->mutex);
    shown_->text = std::move(text);
    return out;
}

} // namespace opsmon::remedy
