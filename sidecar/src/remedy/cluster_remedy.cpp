#include "remedy/cluster_remedy.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "remedy/by_hand.hpp"
#include "remedy/preconditions.hpp"
#include "remedy/try_node.hpp"

namespace opsmon::remedy {
namespace {

constexpr const char* kStoreKind = "slony_remedy";
constexpr TimestampMs kAfterFailureMs = 60'000;
constexpr std::chrono::milliseconds kTryPatience{2000};
constexpr std::size_t kAddressesTriedMax = 4; // of one node, each time

std::vector<postgres::SlonyRemedyDatabase> open_forwarders(const config::SlonyRemedy& settings,
                                                           const config::Postgres& login,
                                                           const std::string& cluster) {
    std::vector<postgres::SlonyRemedyDatabase> out;
    for (const config::SlonyForwarder& forwarder : settings.forwarders) {
        if (forwarder.cluster == cluster) {
            config::Postgres there = login;
            there.conninfo = forwarder.conninfo;
            out.emplace_back("", std::move(there));
        }
    }
    return out;
}

std::vector<int> silent_nodes(const config::SlonyRemedy& settings,
                              const postgres::SlonyRows& rows) {
    std::vector<int> out;
    for (const postgres::SlonyNodeRow& node : rows.nodes) {
        if (is_silent(settings, node) && out.size() < kSilentNodesMax) {
            out.push_back(node.node);
        }
    }
    return out;
}

// As the inventory writes it; a name that needs quotes is compared as both.
bool is_node_name(const std::string& name, const postgres::SlonyClusterRow& found, int node) {
    const auto quoted = [](const std::string& text) {
        std::string out = "\"";
        for (const char c : text) {
            out += c == '"' ? "\"\"" : std::string(1, c);
        }
        return out + '"';
    };
    const std::string id = '.' + std::to_string(node) + '@';
    for (const std::string& cluster : {found.cluster, quoted(found.cluster)}) {
        for (const std::string& database : {found.database, quoted(found.database)}) {
            if (name == cluster + id + database) {
                return true;
            }
        }
    }
    return false;
}

// The first refusal that says that the node may be alive or is needed. The rest (it holds little,
// no consent, one a day) is for the sidecar, not for a person who knows better.
std::string why_not_now(const Decision& decision) {
    static const std::set<std::string> kForPeopleToo{
        "local",         "origin",     "provider",      "only_way",        "connected",
        "not_silent",    "reachable",  "failover",      "silence_unknown", "local_slon_silent",
        "others_unwell", "set_locked", "not_an_origin", "others_silent",   "address_unknown",
        "view_old"};
    for (const postgres::Refusal& refusal : decision.refusals) {
        if (kForPeopleToo.contains(refusal.code)) {
            return refusal.text;
        }
    }
    return "";
}

} // namespace

ClusterRemedy::ClusterRemedy(const config::SlonyRemedy& settings, const config::Postgres& login,
                             const postgres::SlonyClusterRow& found)
    : settings_(settings),
      cluster_(found.cluster),
      database_(found.database, login),
      forwarders_(open_forwarders(settings, login, found.cluster)) {
    report_.database = found.database;
    report_.cluster = found.cluster;
}

void ClusterRemedy::look(const collect::SlonyView& view, const postgres::SlonyRows& rows,
                         const Around& around) {
    const double gap = static_cast<double>(view.at - view_at_) / 1000;
    if (watched_since_ == 0 || gap < 0 || gap > kViewAgeMaxSeconds) {
        watched_since_ = view.at;
    }
    view_at_ = view.at;
    silent_ = silent_nodes(settings_, rows);
    report_.ghosts = rows.ghosts;
    auto said =
        database_.read(cluster_, silent_, settings_.minimum_silence, around.deadline, *around.stop);
    report_.problem = said ? "" : said.error().message;
    if (said) {
        report_.installed = said->has_value();
        if (!*said) {
            report_.problem = "opsmon_slony.sql was not run in this database for this cluster";
        }
    }
    const auto rows_said = said ? std::move(*said) : std::optional<postgres::SlonyRemedyRows>();
    if (rows_said) {
        addresses_ = rows_said->addresses;
        report_.expendable = rows_said->expendable;
        report_.events = rows_said->events;
        report_.deeds = rows_said->deeds;
        report_.last_drop = rows_said->last_drop.empty()
                                ? std::nullopt
                                : std::optional(rows_said->last_drop.front());
        take_clean_up(*rows_said, around);
    }
    decide_nodes(rows, rows_said, around);
}

Facts ClusterRemedy::facts_of(const postgres::SlonyRows& rows, int node,
                              const std::optional<postgres::SlonyRemedyRows>& said,
                              const Around& around) const {
    Facts out;
    out.now = around.now;
    out.view_at = view_at_;
    out.watched_since = watched_since_;
    out.cluster = rows;
    out.node = node;
    if (const auto found = reach_.find(node); found != reach_.end()) {
        out.reach = found->second.reach();
    }
    const bool asked = std::find(silent_.begin(), silent_.end(), node) != silent_.end();
    if (!said || !asked) {
        out.database_problem = said ? "the node gives signs of life" : report_.problem;
    } else {
        out.database.emplace();
        for (const postgres::NodeRefusalRow& row : said->refusals) {
            if (row.node == node) {
                out.database->push_back(row.refusal);
            }
        }
    }
    if (around.server == nullptr || !*around.server) {
        out.volume_problem = around.server == nullptr ? "" : around.server->error().message;
        return out;
    }
    const postgres::RemedyServerRows& server = **around.server;
    out.inventory_readable = true;
    for (const postgres::NodePolicyRow& row : server.policies) {
        if (is_node_name(row.name, rows.found, node)) {
            out.policy = row.policy;
        }
    }
    if (server.volume.empty()) {
        out.volume_problem = "opsmon.volumes does not have it";
    } else if (said && server.volume.front().server_start != said->server_start) {
        out.volume_problem = "postgres.conninfo and slony.conninfo lead to different servers";
    } else {
        out.volume = server.volume.front();
    }
    return out;
}

void ClusterRemedy::decide_nodes(const postgres::SlonyRows& rows,
                                 const std::optional<postgres::SlonyRemedyRows>& said,
                                 const Around& around) {
    report_.nodes.clear();
    std::optional<int> chosen;
    for (const postgres::SlonyNodeRow& row : rows.nodes) {
        if (row.is_local) {
            continue;
        }
        NodeReport node;
        const Facts facts = facts_of(rows, row.node, said, around);
        node.decision = decide(settings_, facts);
        node.last_result = facts.reach.last_result;
        const DropByHand by_hand{cluster_,
                                 report_.database,
                                 row.node,
                                 rows.local.node,
                                 said ? said->cluster_literal : "",
                                 addresses_,
                                 why_not_now(node.decision)};
        node.slonik = slonik_script(by_hand);
        node.sql = sql_script(by_hand);
        if (node.decision.verdict == Verdict::Refuse) {
            told_.erase(row.node);
        } else if (!chosen) {
            chosen = row.node;
        }
        report_.nodes.emplace(row.node, std::move(node));
    }
    if (chosen) {
        act(*chosen, report_.nodes.at(*chosen).decision, around);
    }
}

void ClusterRemedy::act(int node, const Decision& decision, const Around& around) {
    const bool dry_run = decision.verdict != Verdict::Act;
    if (around.now < no_deed_before_ || (dry_run && told_.contains(node))) {
        return;
    }
    const auto dropped = database_.drop_node(cluster_, node, settings_.minimum_silence, dry_run,
                                             decision.summary, around.deadline, *around.stop);
    const std::string outcome = dropped ? dropped->outcome : "failed";
    const std::string why = dropped ? dropped->refusals : dropped.error().message;
    report_.last_deed = "node " + std::to_string(node) + ": " + outcome +
                        (why.empty() ? "" : " (" + why + ")") + "; " + decision.summary;
    if (outcome == "would") {
        told_.insert(node);
    } else {
        no_deed_before_ = around.now + kAfterFailureMs;
    }
    log::warning("the remedy for a dead Slony-I node",
                 {{"database", report_.database},
                  {"cluster", cluster_},
                  {"node", std::to_string(node)},
                  {"outcome", outcome},
                  {"why", why.empty() ? decision.summary : why}});
}

// The ledger says which drop there is to clean up after, the store how far that is.
void ClusterRemedy::take_clean_up(const postgres::SlonyRemedyRows& said, const Around& around) {
    if (settings_.mode != config::RemedyMode::Enforce) {
        clean_up_.reset();
        report_.clean_up.clear();
        return;
    }
    if (!std::exchange(clean_up_recalled_, true) && around.store != nullptr) {
        const auto kept = around.store->read(kStoreKind, store_key());
        if (kept && *kept) {
            clean_up_ = clean_up_from_json(**kept);
        }
    }
    clean_up_ =
        resume(said.last_drop.empty() ? std::nullopt : std::optional(said.last_drop.front()),
               std::move(clean_up_), forwarders_.size());
    report_.clean_up = clean_up_ ? describe(*clean_up_) : "";
}

void ClusterRemedy::go_on(const Around& around) {
    step_clean_up(around);
    try_nodes(around);
}

void ClusterRemedy::try_nodes(const Around& around) {
    const TimestampMs interval = settings_.probe_interval.count();
    for (const int node : silent_) {
        ReachRecord& record = reach_[node];
        if (!record.is_due(around.now, interval)) {
            continue;
        }
        std::size_t tried = 0;
        std::pair<Tried, std::string> result{Tried::Unsure, ""};
        for (const postgres::NodeAddressRow& row : addresses_) {
            if (row.node != node || tried >= kAddressesTriedMax) {
                continue;
            }
            if (around.stop->requested() || steady_now() + kTryPatience * 2 > around.deadline) {
                return; // in the next cycle
            }
            ++tried;
            if (!row.host || !row.port) {
                result = {Tried::Unsure, "a path to it is not understood"};
                break;
            }
            result = try_address({*row.host, static_cast<std::uint16_t>(*row.port)},
                                 *around.resolver, kTryPatience);
            if (result.first != Tried::Nobody) {
                break;
            }
        }
        if (tried == 0) {
            record.forget();
        } else {
            record.note(around.now, result.first, result.second, 5 * interval + 10'000);
        }
    }
}

void ClusterRemedy::step_clean_up(const Around& around) {
    if (!clean_up_) {
        return;
    }
    const Step step = next_step(*clean_up_, around.now);
    switch (step.kind) {
    case Step::Kind::Wait:
        return;
    case Step::Kind::Finish:
        finish_clean_up(step.fell, around);
        return;
    case Step::Kind::Clean:
        break;
    }
    postgres::SlonyRemedyDatabase& there =
        step.place == 0 ? database_ : forwarders_[step.place - 1];
    const auto bytes = there.clean_up(cluster_, around.deadline, *around.stop);
    note_step(*clean_up_, step.place, around.now,
              bytes ? std::optional(*bytes) : std::optional<double>(),
              bytes ? "" : bytes.error().message);
    report_.clean_up = describe(*clean_up_);
    keep_clean_up(around);
}

// When it cannot be noted it is tried again in the next cycle.
void ClusterRemedy::finish_clean_up(bool fell, const Around& around) {
    const auto noted = database_.note_clean_up(cluster_, clean_up_->node, fell,
                                               describe(*clean_up_), around.deadline, *around.stop);
    if (!noted) {
        report_.clean_up = describe(*clean_up_) + "; not noted: " + noted.error().message;
        return;
    }
    log::warning("the clean-up after the drop of a Slony-I node is over",
                 {{"database", report_.database},
                  {"cluster", cluster_},
                  {"node", std::to_string(clean_up_->node)},
                  {"outcome", fell ? "the logs fell" : "the logs did not fall"},
                  {"numbers", describe(*clean_up_)}});
    clean_up_.reset();
    report_.clean_up.clear();
    if (around.store != nullptr) {
        static_cast<void>(around.store->remove(kStoreKind, store_key()));
    }
}

// A store that fails costs the count of steps after a restart, no more: the ledger has the rest.
void ClusterRemedy::keep_clean_up(const Around& around) {
    if (around.store != nullptr) {
        static_cast<void>(around.store->write(kStoreKind, store_key(), to_json(*clean_up_)));
    }
}

std::string ClusterRemedy::store_key() const {
    return report_.database + '/' + cluster_;
}

} // namespace opsmon::remedy
