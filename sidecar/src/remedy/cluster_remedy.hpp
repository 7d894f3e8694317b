#pragma once
// This component provides `ClusterRemedy`, the remedy of one Slony-I cluster: it gathers the facts,
// has them decided, and takes the one step that follows: a drop, or a step of the clean-up after
// it. The source has one for each cluster. It holds no lock, and waits no longer than its deadline.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/resolver.hpp"
#include "collect/slony/slony_view.hpp"
#include "config/config.hpp"
#include "postgres/slony_remedy_database.hpp"
#include "remedy/clean_up.hpp"
#include "remedy/cluster_report.hpp"
#include "remedy/reach_record.hpp"
#include "store/store.hpp"

namespace opsmon::remedy {

// What all clusters share in one cycle.
struct Around {
    TimestampMs now = 0;
    SteadyTime deadline;
    const StopSignal* stop = nullptr;
    Resolver* resolver = nullptr;
    const Result<postgres::RemedyServerRows>* server = nullptr; // null: not asked in this cycle
    store::Store* store = nullptr;                              // null: nothing is kept
};

class ClusterRemedy {
public:
    ClusterRemedy(const config::SlonyRemedy& settings, const config::Postgres& login,
                  const postgres::SlonyClusterRow& found);

    // A new view of the cluster: decides, and drops what is to be dropped.
    void look(const collect::SlonyView& view, const postgres::SlonyRows& rows,
              const Around& around);
    // Between views: asks silent nodes themselves, and goes on with a clean-up.
    void go_on(const Around& around);

    [[nodiscard]] const ClusterReport& report() const { return report_; }

private:
    [[nodiscard]] Facts facts_of(const postgres::SlonyRows& rows, int node,
                                 const std::optional<postgres::SlonyRemedyRows>& said,
                                 const Around& around) const;
    void decide_nodes(const postgres::SlonyRows& rows,
                      const std::optional<postgres::SlonyRemedyRows>& said, const Around& around);
    void act(int node, const Decision& decision, const Around& around);
    void take_clean_up(const postgres::SlonyRemedyRows& said, const Around& around);
    void try_nodes(const Around& around);
    void step_clean_up(const Around& around);
    void finish_clean_up(bool fell, const Around& around);
    void keep_clean_up(const Around& around);
    [[nodiscard]] std::string store_key() const;

    config::SlonyRemedy settings_;
    std::string cluster_;
    postgres::SlonyRemedyDatabase database_;
    std::vector<postgres::SlonyRemedyDatabase> forwarders_;
    ClusterReport report_;

    TimestampMs view_at_ = 0;
    TimestampMs watched_since_ = 0;
    std::vector<int> silent_;
    std::vector<postgres::NodeAddressRow> addresses_;
    std::map<int, ReachRecord> reach_;
    std::set<int> told_; // nodes whose "would" is in the ledger since it began to hold
    TimestampMs no_deed_before_ = 0;
    bool clean_up_recalled_ = false;
    std::optional<CleanUp> clean_up_;
};

} // namespace opsmon::remedy
