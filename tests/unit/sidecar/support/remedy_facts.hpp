#pragma once
// This component makes the facts of a Slony-I cluster in which nothing speaks against dropping node
// 2: tests of the remedy change one of them at a time.

#include "remedy/preconditions.hpp"

namespace opsmon::test {

inline constexpr TimestampMs kHourMs = 3'600'000;
inline constexpr double kMegabyte = 1024.0 * 1024;

inline postgres::SlonyNodeRow well_node(int id) {
    postgres::SlonyNodeRow node;
    node.node = id;
    node.active = true;
    node.lag_events = 2;
    node.lag_seconds = 1.5;
    node.heartbeat_age = 2;
    node.should_connect = true;
    node.slon_backends = 3;
    node.subscriptions = 1;
    node.held_bytes = 0;
    return node;
}

inline postgres::SlonyRows cluster_with_dead_node() {
    postgres::SlonyRows rows;
    rows.found.database = "app";
    rows.found.schema = "_production";
    rows.found.cluster = "production";
    rows.local.node = 1;
    rows.local.is_origin = true;
    rows.local.slon_backends = 1;
    rows.local.event_age = 0.3;
    rows.local.log_1_bytes = 200 * kMegabyte;
    rows.local.log_2_bytes = 12 * kMegabyte;
    auto origin = well_node(1);
    origin.is_local = origin.is_origin = true;
    origin.lag_events = origin.lag_seconds = std::nullopt;
    origin.provides = 2;
    auto dead = well_node(2);
    dead.heartbeat_age = dead.lag_seconds = 7200;
    dead.slon_backends = 0;
    dead.held_bytes = 212 * kMegabyte;
    rows.nodes = {origin, dead, well_node(3)};
    return rows;
}

inline remedy::Facts facts_of_dead_node() {
    remedy::Facts facts;
    facts.now = 100 * kHourMs;
    facts.view_at = facts.now - 5'000;
    facts.watched_since = facts.now - 2 * kHourMs;
    facts.cluster = cluster_with_dead_node();
    facts.node = 2;
    facts.reach.address_known = true;
    facts.reach.tries = 100;
    facts.reach.first_try_at = facts.now - kHourMs;
    facts.reach.last_try_at = facts.now - 10'000;
    facts.reach.last_result = "db2:5432: connection refused";
    facts.volume =
        postgres::DataVolumeRow{"then", 1000 * kMegabyte, 300 * kMegabyte, 3600.0, 1.0, 0.5};
    facts.policy = "ask";
    facts.inventory_readable = true;
    facts.database.emplace();
    return facts;
}

inline config::SlonyRemedy enforcing() {
    config::SlonyRemedy settings;
    settings.mode = config::RemedyMode::Enforce;
    return settings;
}

} // namespace opsmon::test
