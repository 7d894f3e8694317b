#pragma once
// This component keeps the alerts that are known and the groups they are in: who comes, who is
// over, and when a group has to be looked at. The dispatcher is its only user. Pure.

#include "notify/fingerprint.hpp"
#include "notify/message.hpp"
#include "notify/route_tree.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace opsmon::notify {

inline constexpr std::size_t kMaxKnownAlerts = 50'000;

// `run` is of a clock that never jumps, `wall` of the one on the wall.
struct Moment {
    TimestampMs run = 0;
    TimestampMs wall = 0;
};

struct AlertGroup {
    std::size_t route = 0;
    std::string key; // as Alertmanager writes it
    metrics::Labels labels;
    TimestampMs next_flush = 0;
    bool flushed = false;
    TimestampMs flushed_at = 0;          // when its time came last
    std::map<Fingerprint, bool> members; // true: over, and a flush has seen it so
};

class AlertGroups {
public:
    explicit AlertGroups(const Route& root) : tree_(root) {}

    // Other routes: every alert is grouped anew, a group that stays keeps its time.
    void replace_routes(const Route& root, Moment now);

    // False where there is no room for another alert, which is left as it was.
    bool offer(rules::Alert&& alert, Moment now);
    // One from the store: it fires until it is offered as over, or nobody offers it any more
    // since `seen`.
    void restore(rules::Alert alert, TimestampMs seen, Moment now);
    // Came, ended or went since changes were taken last.
    [[nodiscard]] bool has_changed(Fingerprint name) const { return changed_.contains(name); }
    // An alert that nobody has offered for so long is over.
    void end_silent(TimestampMs patience_ms, Moment now);

    // The name of a group whose time has come; its next time is set.
    [[nodiscard]] std::optional<std::string> take_due(TimestampMs now);
    [[nodiscard]] std::optional<TimestampMs> next_flush() const;

    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] const AlertGroup* find(const std::string& name) const;
    [[nodiscard]] const RouteOptions& options_of(const AlertGroup& group) const {
        return tree_.routes()[group.route].options;
    }
    [[nodiscard]] AlertPointer alert(Fingerprint name) const;
    [[nodiscard]] std::vector<AlertPointer> all() const;
    [[nodiscard]] std::vector<const RouteOptions*> options_for(const metrics::Labels& labels) const;

    // What a flush has seen as over may go, once nobody has to be told of it; not what is unseen.
    void mark_seen(const std::string& name);
    void mark_unseen(const std::string& name, const std::vector<Fingerprint>& alerts);
    void drop_seen(const std::string& name);

    // Rises when an alert comes, changes its state or goes.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    // Alerts that came, ended or went since the last call, for the store.
    [[nodiscard]] std::set<Fingerprint> take_changed();
    [[nodiscard]] bool has_changed() const { return !changed_.empty(); }

private:
    struct Known {
        AlertPointer alert;
        TimestampMs seen = 0; // when it was offered last
        std::vector<std::string> groups;
    };
    void join_groups(Fingerprint name, Known& known, Moment now);
    void changed(Fingerprint name);
    void schedule(const std::string& name, AlertGroup& group, TimestampMs at);
    void forget_if_alone(Fingerprint name);

    RouteTree tree_;
    std::unordered_map<Fingerprint, Known> known_;
    std::unordered_map<std::string, AlertGroup> groups_;
    std::set<std::pair<TimestampMs, std::string>> times_; // of each group
    std::set<Fingerprint> changed_;
    std::uint64_t version_ = 0;
    TimestampMs looked_for_silent_ = 0;
};

} // namespace opsmon::notify
