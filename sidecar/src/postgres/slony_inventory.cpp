#include "postgres/slony_inventory.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace opsmon::postgres {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxCommentBytes = 200;
constexpr std::size_t kMaxDetailBytes = 8000;
constexpr std::chrono::minutes kTellEvery{1};
// As the extension judges them.
constexpr double kLagging = 120;
constexpr double kSilent = 300;
constexpr double kLocalSilent = 60;
constexpr double kSmallBytes = 16.0 * 1024 * 1024;

// A whole number stays one: 5, not 5.0. What is no number is not known.
Json number(const Number& value) {
    if (!value || !std::isfinite(*value)) {
        return nullptr;
    }
    constexpr double kExact = 9e15;
    return std::abs(*value) < kExact && std::trunc(*value) == *value
               ? Json(static_cast<std::int64_t>(*value))
               : Json(*value);
}

Json at_least_zero(const Number& value) {
    return number(value ? Number(std::max(*value, 0.0)) : value);
}

std::string as_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Its session alone may hang: what it does shows in its own events.
bool local_slon_up(const SlonyRows& cluster) {
    return cluster.local.slon_backends > 0 && cluster.local.event_age.value_or(0) < kLocalSilent;
}

Json cluster_json(const SlonyRows& cluster) {
    Json out = {{"database", cluster.found.database},
                {"cluster", cluster.found.cluster},
                {"local_node", cluster.local.node},
                {"local_slon_up", local_slon_up(cluster)},
                {"failed_nodes", at_least_zero(cluster.local.failed_nodes)},
                {"log_bytes", at_least_zero(cluster.found.log_bytes)}};
    out["version"] = cluster.found.version ? Json(*cluster.found.version) : Json(nullptr);
    return out;
}

Json node_json(const SlonyRows& cluster, const SlonyNodeRow& node) {
    Json out = cluster_json(cluster);
    out["node"] = node.node;
    out["comment"] = node.comment.substr(0, kMaxCommentBytes);
    out["active"] = node.active;
    out["is_origin"] = node.is_origin;
    out["subscriptions"] = at_least_zero(node.subscriptions);
    out["provides"] = at_least_zero(node.provides);
    out["lag_events"] = number(node.lag_events);
    out["lag_seconds"] = number(node.lag_seconds);
    out["never_confirmed"] = node.never_confirmed;
    out["heartbeat_age"] = number(node.heartbeat_age);
    out["should_connect"] = node.should_connect;
    out["slon_backends"] = at_least_zero(node.slon_backends);
    out["backlog_bytes"] = at_least_zero(node.backlog_bytes);
    out["held_bytes"] = at_least_zero(node.held_bytes);
    return out;
}

Json nodes_json(const SlonyRows& cluster) {
    Json out = Json::array();
    for (const SlonyNodeRow& node : cluster.nodes) {
        out.push_back(node_json(cluster, node));
    }
    for (const SlonyGhostRow& ghost : cluster.ghosts) {
        Json dropped = cluster_json(cluster);
        dropped["node"] = ghost.node;
        dropped["dropped"] = true;
        dropped["slon_backends"] = at_least_zero(ghost.slon_backends);
        out.push_back(std::move(dropped));
    }
    return out;
}

Json detail_json(const std::string& detail) {
    if (detail.empty()) {
        return nullptr;
    }
    if (detail.size() > kMaxDetailBytes) {
        return {{"omitted_bytes", detail.size()}};
    }
    Json parsed = Json::parse(detail, nullptr, false);
    return parsed.is_discarded() ? Json(detail) : parsed;
}

// Grows by one with each half that is held more.
int step_of(const Number& bytes) {
    const double held = std::max(bytes.value_or(0), kSmallBytes);
    return static_cast<int>(std::floor(std::log(held / kSmallBytes) / std::log(1.5)));
}

} // namespace

std::string slony_inventory_json(const std::vector<SlonyRows>& clusters) {
    std::string out;
    std::size_t rows = 0;
    for (const SlonyRows& cluster : clusters) {
        const Json nodes = nodes_json(cluster);
        if (cluster.nodes.empty() || rows + nodes.size() > kMaxToldRows) {
            continue;
        }
        const std::string text = as_text(nodes);
        if (out.size() + text.size() > kMaxToldBytes) {
            continue;
        }
        rows += nodes.size();
        out += (out.empty() ? "" : ",") + text.substr(1, text.size() - 2);
    }
    return "[" + out + "]";
}

std::string slony_deeds_json(const std::vector<SlonyDeedRow>& deeds) {
    std::vector<std::string> texts;
    std::size_t bytes = 0;
    for (auto deed = deeds.rbegin(); deed != deeds.rend(); ++deed) {
        const std::string text = as_text({{"number", number(deed->number)},
                                          {"at", number(deed->at)},
                                          {"database", deed->database},
                                          {"cluster", deed->cluster},
                                          {"node", number(deed->node)},
                                          {"action", deed->action},
                                          {"outcome", deed->outcome},
                                          {"reason", deed->reason},
                                          {"detail", detail_json(deed->detail)}});
        bytes += text.size() + 1;
        if (texts.size() == kMaxToldRows || bytes > kMaxToldBytes) {
            break;
        }
        texts.push_back(text);
    }
    std::string out;
    for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
        out += (out.empty() ? "" : ",") + *text;
    }
    return "[" + out + "]";
}

std::string slony_news(const std::vector<SlonyRows>& clusters) {
    Json out = Json::array();
    for (const SlonyRows& cluster : clusters) {
        Json nodes = Json::array();
        for (const SlonyNodeRow& node : cluster.nodes) {
            nodes.push_back({node.node, node.comment, node.active, node.is_origin,
                             node.subscriptions, node.provides, node.never_confirmed,
                             node.should_connect, node.slon_backends > 0,
                             node.lag_seconds.value_or(0) > kLagging,
                             node.heartbeat_age.value_or(kSilent + 1) > kSilent,
                             node.held_bytes.has_value(), step_of(node.held_bytes)});
        }
        Json ghosts = Json::array();
        for (const SlonyGhostRow& ghost : cluster.ghosts) {
            ghosts.push_back(ghost.node);
        }
        out.push_back({cluster.found.database, cluster.found.cluster, cluster.local.node,
                       local_slon_up(cluster), cluster.local.failed_nodes, nodes, ghosts});
    }
    return as_text(out);
}

bool worth_telling(const std::optional<SlonyTold>& told, const std::string& news,
                   const std::string& deeds, SteadyTime now) {
    return !told || told->news != news || told->deeds != deeds || now - told->at >= kTellEvery;
}

} // namespace opsmon::postgres
