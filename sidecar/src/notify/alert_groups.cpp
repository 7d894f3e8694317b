#include "notify/alert_groups.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {
namespace {

constexpr TimestampMs kLookForSilentEvery_ms = 5000;

// `{a="b", c="d"}`, as Prometheus' label sets are printed.
std::string printed(const metrics::Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels.pairs()) {
        out += (out.empty() ? "" : ", ") + name + "=" + notify::quoted(value);
    }
    return "{" + out + "}";
}

} // namespace

void AlertGroups::replace_routes(const Route& root, Moment now) {
    tree_ = RouteTree(root);
    const auto before = std::exchange(groups_, {});
    times_.clear();
    for (auto& [name, known] : known_) {
        known.groups.clear();
        join_groups(name, known, now);
    }
    for (auto& [name, group] : groups_) {
        const auto old = before.find(name);
        if (old != before.end()) {
            group.flushed = old->second.flushed;
            group.flushed_at = old->second.flushed_at;
            for (auto& [alert, seen] : group.members) {
                const auto was = old->second.members.find(alert);
                seen = was != old->second.members.end() && was->second;
            }
            // One that still waits was given its time anew, by a shorter wait perhaps.
            const auto latest =
                group.flushed ? now.run + options_of(group).group_interval_ms : group.next_flush;
            schedule(name, group, std::min(old->second.next_flush, latest));
        }
    }
    ++version_;
}

bool AlertGroups::offer(rules::Alert&& alert, Moment now) {
    const auto name = fingerprint(alert.labels);
    const auto known = known_.find(name);
    if (known == known_.end()) {
        if (!alert.firing()) {
            return true; // nobody was told of it
        }
        if (known_.size() >= kMaxKnownAlerts) {
            return false;
        }
        auto& fresh = known_[name];
        fresh.alert = std::make_shared<const rules::Alert>(std::move(alert));
        fresh.seen = now.run;
        join_groups(name, fresh, now);
        changed(name);
        return true;
    }
    auto& [shown, seen, groups] = known->second;
    const bool fired = shown->firing();
    if (!fired && !alert.firing()) {
        return true;
    }
    const bool again = !fired && alert.firing();
    const bool news = fired != alert.firing() || shown->fired_at != alert.fired_at;
    shown = std::make_shared<const rules::Alert>(std::move(alert));
    seen = now.run;
    if (again) {
        join_groups(name, known->second, now);
    }
    if (news) {
        changed(name);
    }
    return true;
}

void AlertGroups::restore(rules::Alert alert, TimestampMs seen, Moment now) {
    const auto name = fingerprint(alert.labels);
    if (known_.size() >= kMaxKnownAlerts || known_.contains(name)) {
        return;
    }
    auto& known = known_[name];
    known.alert = std::make_shared<const rules::Alert>(std::move(alert));
    known.seen = seen;
    join_groups(name, known, now);
    ++version_;
}

void AlertGroups::end_silent(TimestampMs patience_ms, Moment now) {
    if (now.run - looked_for_silent_ < kLookForSilentEvery_ms) {
        return;
    }
    looked_for_silent_ = now.run;
    for (auto& [name, known] : known_) {
        if (known.alert->firing() && now.run - known.seen >= patience_ms) {
            auto over = *known.alert;
            over.state = rules::AlertState::Inactive;
            over.resolved_at = now.wall;
            known.alert = std::make_shared<const rules::Alert>(std::move(over));
            changed(name);
        }
    }
}

std::optional<std::string> AlertGroups::take_due(TimestampMs now) {
    if (times_.empty() || times_.begin()->first > now) {
        return std::nullopt;
    }
    const auto name = times_.begin()->second;
    auto& group = groups_.at(name);
    group.flushed = true;
    group.flushed_at = now;
    schedule(name, group, now + options_of(group).group_interval_ms);
    return name;
}

std::optional<TimestampMs> AlertGroups::next_flush() const {
    return times_.empty() ? std::nullopt : std::optional(times_.begin()->first);
}

std::vector<std::string> AlertGroups::names() const {
    std::vector<std::string> out;
    for (const auto& [name, group] : groups_) {
        out.push_back(name);
    }
    return out;
}

const AlertGroup* AlertGroups::find(const std::string& name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? nullptr : &found->second;
}

AlertPointer AlertGroups::alert(Fingerprint name) const {
    const auto found = known_.find(name);
    return found == known_.end() ? nullptr : found->second.alert;
}

std::vector<AlertPointer> AlertGroups::all() const {
    std::vector<AlertPointer> out;
    out.reserve(known_.size());
    for (const auto& [name, known] : known_) {
        out.push_back(known.alert);
    }
    return out;
}

std::vector<const RouteOptions*> AlertGroups::options_for(const metrics::Labels& labels) const {
    std::vector<const RouteOptions*> out;
    for (const auto place : tree_.match(labels)) {
        out.push_back(&tree_.routes()[place].options);
    }
    return out;
}

void AlertGroups::mark_seen(const std::string& name) {
    for (auto& [alert, seen] : groups_.at(name).members) {
        seen = !known_.at(alert).alert->firing();
    }
}

void AlertGroups::mark_unseen(const std::string& name, const std::vector<Fingerprint>& alerts) {
    const auto found = groups_.find(name);
    if (found == groups_.end()) {
        return;
    }
    for (const auto alert : alerts) {
        const auto member = found->second.members.find(alert);
        if (member != found->second.members.end()) {
            member->second = false;
        }
    }
}

void AlertGroups::drop_seen(const std::string& name) {
    const auto found = groups_.find(name);
    if (found == groups_.end()) {
        return;
    }
    auto& members = found->second.members;
    for (auto at = members.begin(); at != members.end();) {
        auto& known = known_.at(at->first);
        if (!at->second || known.alert->firing()) {
            ++at;
            continue;
        }
        std::erase(known.groups, name);
        forget_if_alone(at->first);
        at = members.erase(at);
    }
    if (members.empty()) {
        times_.erase({found->second.next_flush, name});
        groups_.erase(found);
    }
}

std::set<Fingerprint> AlertGroups::take_changed() {
    return std::exchange(changed_, {});
}

void AlertGroups::join_groups(Fingerprint name, Known& known, Moment now) {
    for (const auto place : tree_.match(known.alert->labels)) {
        const auto& route = tree_.routes()[place];
        auto labels = group_labels(route.options, known.alert->labels);
        const auto key = route.key + ":" + printed(labels);
        const auto group_name = route.options.receiver + "\n" + key;
        auto [at, is_new] = groups_.try_emplace(group_name);
        auto& group = at->second;
        if (is_new) {
            group.route = place;
            group.key = key;
            group.labels = std::move(labels);
            schedule(group_name, group, now.run + route.options.group_wait_ms);
        }
        group.members[name] = false;
        if (std::find(known.groups.begin(), known.groups.end(), group_name) == known.groups.end()) {
            known.groups.push_back(group_name);
        }
        // It has waited long enough before anybody heard of it.
        if (!group.flushed && known.alert->fired_at + route.options.group_wait_ms < now.wall) {
            schedule(group_name, group, std::min(group.next_flush, now.run));
        }
    }
}

void AlertGroups::changed(Fingerprint name) {
    changed_.insert(name);
    ++version_;
}

void AlertGroups::schedule(const std::string& name, AlertGroup& group, TimestampMs at) {
    times_.erase({group.next_flush, name});
    group.next_flush = at;
    times_.emplace(at, name);
}

void AlertGroups::forget_if_alone(Fingerprint name) {
    const auto found = known_.find(name);
    if (found->second.groups.empty()) {
        known_.erase(found);
        changed(name);
    }
}

} // namespace opsmon::notify
