#include "remedy/preconditions.hpp"

#include <algorithm>

#include "base/duration.hpp"

namespace opsmon::remedy {
namespace {

using postgres::SlonyLocalRow;
using postgres::SlonyNodeRow;

using Refusals = std::vector<Refusal>;

double seconds_of(config::milliseconds duration) {
    return static_cast<double>(duration.count()) / 1000;
}

double seconds_between(TimestampMs earlier, TimestampMs later) {
    return static_cast<double>(later - earlier) / 1000;
}

std::string node_name(int node) {
    return "node " + std::to_string(node);
}

const SlonyNodeRow* find_node(const Facts& facts) {
    const auto& nodes = facts.cluster.nodes;
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const SlonyNodeRow& row) {
        return row.node == facts.node;
    });
    return found == nodes.end() ? nullptr : &*found;
}

// Do we know enough, and for long enough?
void check_watch(const config::SlonyRemedy& settings, const Facts& facts, Refusals& out) {
    const double age = seconds_between(facts.view_at, facts.now);
    if (age > kViewAgeMaxSeconds || age < 0) {
        out.push_back({"view_old", "what is known of the cluster is " + readable_seconds(age) +
                                       " old, or the clock was set"});
    }
    const double watched =
        facts.watched_since == 0 ? 0 : seconds_between(facts.watched_since, facts.now);
    if (watched < seconds_of(settings.minimum_watch)) {
        out.push_back({"watched_briefly",
                       "the sidecar watches this cluster for " + readable_seconds(watched) +
                           " without a gap, less than " + format_duration(settings.minimum_watch)});
    }
}

void check_local(const SlonyLocalRow& local, Refusals& out) {
    if (!local.is_origin) {
        out.push_back({"not_an_origin",
                       "the local " + node_name(local.node) + " is not the origin of any set"});
    }
    if (local.slon_backends < 1 || !local.event_age || *local.event_age > kLocalSilenceMaxSeconds) {
        out.push_back(
            {"local_slon_silent", "the slon of the local " + node_name(local.node) +
                                      " is not at work: the silence of others proves nothing"});
    }
    if (local.failed_nodes > 0) {
        out.push_back({"failover", "a failover is not over"});
    }
}

void check_role(const SlonyNodeRow& node, Refusals& out) {
    if (node.is_local) {
        out.push_back({"local", node_name(node.node) + " is the local node"});
    }
    if (node.is_origin) {
        out.push_back({"origin", node_name(node.node) + " is the origin of a set"});
    }
    if (node.provides > 0) {
        out.push_back({"provider", node_name(node.node) + " provides " +
                                       std::to_string(static_cast<int>(node.provides)) +
                                       " subscription(s)"});
    }
}

void check_silence(const config::SlonyRemedy& settings, const SlonyNodeRow& node, Refusals& out) {
    if (node.slon_backends > 0) {
        out.push_back({"connected", "the slon of " + node_name(node.node) + " is connected"});
    }
    if (!node.heartbeat_age) {
        out.push_back(
            {"silence_unknown",
             node_name(node.node) + " has never sent an event: how long it is dead is not known"});
    } else if (*node.heartbeat_age < seconds_of(settings.minimum_silence)) {
        out.push_back({"not_silent", "the last event of " + node_name(node.node) + " is " +
                                         readable_seconds(*node.heartbeat_age) +
                                         " old, less than " +
                                         format_duration(settings.minimum_silence)});
    }
}

// Several that are silent at once: it is probably this one that is cut off.
void check_others(const Facts& facts, Refusals& out) {
    for (const SlonyNodeRow& other : facts.cluster.nodes) {
        if (other.node == facts.node || other.is_local) {
            continue;
        }
        const bool in_touch = other.heartbeat_age && *other.heartbeat_age < kOthersLagMaxSeconds;
        const bool in_sync = other.lag_seconds && *other.lag_seconds < kOthersLagMaxSeconds;
        const bool is_here = !other.should_connect || other.slon_backends > 0;
        if (!in_touch || !in_sync || !is_here) {
            out.push_back(
                {"others_unwell",
                 node_name(other.node) + " is not well either (last event " +
                     (other.heartbeat_age ? readable_seconds(*other.heartbeat_age) + " ago"
                                          : "unknown") +
                     ", lag " +
                     (other.lag_seconds ? readable_seconds(*other.lag_seconds) : "unknown") +
                     (is_here ? "" : ", its slon is not connected") +
                     "): perhaps it is this one that is cut off"});
        }
    }
}

void check_reach(const config::SlonyRemedy& settings, const Facts& facts, Refusals& out) {
    const Reach& reach = facts.reach;
    if (!reach.address_known) {
        out.push_back({"address_unknown",
                       "where " + node_name(facts.node) +
                           " is reached is not known, so whether it is down cannot be tried"});
        return;
    }
    if (reach.answered) {
        out.push_back({"reachable", node_name(facts.node) + ": " + reach.last_result});
        return;
    }
    const double tried = seconds_between(reach.first_try_at, reach.last_try_at);
    if (reach.tries < settings.minimum_probes || tried < seconds_of(settings.minimum_watch)) {
        out.push_back({"tried_briefly", node_name(facts.node) + " was tried " +
                                            std::to_string(reach.tries) + " times over " +
                                            readable_seconds(tried) + "; asked for are " +
                                            std::to_string(settings.minimum_probes) + " over " +
                                            format_duration(settings.minimum_watch)});
    }
    const double since = seconds_between(reach.last_try_at, facts.now);
    if (since < 0 || since > 3 * seconds_of(settings.probe_interval) + kViewAgeMaxSeconds) {
        out.push_back({"try_old", node_name(facts.node) + " was tried last " +
                                      readable_seconds(since) + " ago"});
    }
}

void check_policy(const Facts& facts, Refusals& out) {
    if (!facts.inventory_readable) {
        out.push_back({"inventory_unread",
                       "opsmon.consumers cannot be read: the node may be protected there"});
    } else if (facts.policy == "protect" || facts.policy == "last") {
        out.push_back({"protected", "its policy in opsmon.consumers is " + *facts.policy});
    }
}

// Is it needed, and is there room enough to do it?
void check_need(const config::SlonyRemedy& settings, const Facts& facts, const SlonyNodeRow& node,
                Refusals& out) {
    if (!facts.volume || !facts.volume->size_bytes || !facts.volume->free_bytes ||
        !facts.volume->age || *facts.volume->age > kVolumeAgeMaxSeconds) {
        out.push_back(
            {"volume_unknown",
             "the room on the data volume is not known" +
                 (facts.volume_problem.empty() ? std::string() : ": " + facts.volume_problem)});
        return;
    }
    const postgres::DataVolumeRow& volume = *facts.volume;
    const double least = *volume.size_bytes * settings.held_percent / 100;
    if (!node.held_bytes || *node.held_bytes < least) {
        out.push_back(
            {"holds_little",
             "without it " +
                 (node.held_bytes ? readable_bytes(*node.held_bytes) : "an unknown part") +
                 " of the logs would be freed, less than " + readable_bytes(least)});
    }
    const bool soon = volume.full_in && *volume.full_in <= seconds_of(settings.full_within);
    const bool pressing = volume.rung && *volume.rung >= kPressingRung;
    if (!soon && !pressing) {
        out.push_back(
            {"not_pressing", "the data volume is " +
                                 (volume.full_in ? "full in " + readable_seconds(*volume.full_in)
                                                 : std::string("not foreseen to be full")) +
                                 "; asked for is " + format_duration(settings.full_within)});
    }
    if (*volume.free_bytes < static_cast<double>(settings.free_floor_bytes)) {
        out.push_back(
            {"too_full", "only " + readable_bytes(*volume.free_bytes) +
                             " are free on the data volume: make room first, a drop needs some"});
    }
}

void check_database(const Facts& facts, Refusals& out) {
    if (!facts.database) {
        out.push_back({"not_asked", facts.database_problem.empty()
                                        ? "the database was not asked"
                                        : "the database was not asked: " + facts.database_problem});
        return;
    }
    for (const Refusal& refusal : *facts.database) {
        const bool known = std::any_of(out.begin(), out.end(), [&](const Refusal& other) {
            return other.code == refusal.code;
        });
        if (!known) {
            out.push_back(refusal);
        }
    }
}

std::string describe(const Facts& facts, const SlonyNodeRow& node) {
    return node_name(facts.node) + " is silent for " +
           readable_seconds(node.heartbeat_age.value_or(0)) + ", was tried " +
           std::to_string(facts.reach.tries) + " times from here (" + facts.reach.last_result +
           "), and holds " + readable_bytes(node.held_bytes.value_or(0)) +
           "; the data volume has " + readable_bytes(facts.volume->free_bytes.value_or(0)) +
           " of " + readable_bytes(facts.volume->size_bytes.value_or(0)) + " left" +
           (facts.volume->full_in ? " and is full in " + readable_seconds(*facts.volume->full_in)
                                  : "") +
           "; the other nodes are well";
}

} // namespace

bool is_silent(const config::SlonyRemedy& settings, const SlonyNodeRow& node) {
    const double least = std::min(kLocalSilenceMaxSeconds, seconds_of(settings.minimum_silence));
    return !node.is_local && node.slon_backends < 1 &&
           (!node.heartbeat_age || *node.heartbeat_age >= least);
}

Decision decide(const config::SlonyRemedy& settings, const Facts& facts) {
    Decision out;
    if (settings.mode == config::RemedyMode::Off) {
        out.refusals.push_back({"off", "slony.remedy.mode is off"});
    }
    check_watch(settings, facts, out.refusals);
    check_local(facts.cluster.local, out.refusals);
    const SlonyNodeRow* node = find_node(facts);
    if (node == nullptr) {
        out.refusals.push_back({"unknown", node_name(facts.node) + " is not in the cluster"});
    } else {
        check_role(*node, out.refusals);
        check_silence(settings, *node, out.refusals);
        check_need(settings, facts, *node, out.refusals);
    }
    check_others(facts, out.refusals);
    check_reach(settings, facts, out.refusals);
    check_policy(facts, out.refusals);
    check_database(facts, out.refusals);
    if (out.refusals.empty()) {
        out.verdict = settings.mode == config::RemedyMode::Enforce ? Verdict::Act : Verdict::Would;
        out.summary = describe(facts, *node);
    } else {
        out.summary = out.refusals.front().text;
        if (out.refusals.size() > 1) {
            out.summary += ", and " + std::to_string(out.refusals.size() - 1) + " more";
        }
    }
    return out;
}

} // namespace opsmon::remedy
