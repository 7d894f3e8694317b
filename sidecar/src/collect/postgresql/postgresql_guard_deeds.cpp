#include "collect/postgresql/postgresql_guard_deeds.hpp"

#include <array>

namespace opsmon::collect {
namespace {

constexpr auto kModes = std::to_array<const char*>({"off", "observe", "enforce"});
constexpr auto kFences = std::to_array<const char*>({"down", "writers", "everything"});

void add_mode(metrics::SampleList& out, const postgres::GuardStateRow& state) {
    if (state.mode) {
        for (const char* mode : kModes) {
            out.add<"postgresql_guard_mode">(*state.mode == mode ? 1 : 0, mode);
        }
    }
    out.add<"postgresql_guard_suspended">(state.suspended ? 1 : 0);
    if (state.suspended) {
        out.add<"postgresql_guard_suspended_until_timestamp_seconds">(state.suspended_until);
    }
}

void add_fence(metrics::SampleList& out, const postgres::GuardStateRow& state) {
    for (std::size_t i = 0; i < kFences.size(); ++i) {
        if (state.fence == kFences[i]) {
            out.add<"postgresql_guard_fence">(static_cast<double>(i));
        }
    }
    out.add<"postgresql_guard_fence_by_hand">(state.fence_by_hand ? 1 : 0);
    if (state.fence && state.fence != "down") {
        out.add<"postgresql_guard_fence_since_timestamp_seconds">(state.fence_since);
    }
    out.add<"postgresql_guard_refused_statements_total">(state.refused_statements);
    out.add<"postgresql_guard_cancelled_statements_total">(state.cancelled_statements);
    out.add<"postgresql_guard_held_commits_total">(state.held_commits);
}

void add_state(metrics::SampleList& out, const postgres::GuardStateRow& state) {
    add_mode(out, state);
    add_fence(out, state);
    out.add<"postgresql_guard_ballast_bytes">(state.ballast_wal_bytes, "wal");
    out.add<"postgresql_guard_ballast_bytes">(state.ballast_data_bytes, "data");
    out.add<"postgresql_guard_policies_loaded_timestamp_seconds">(state.policies_loaded_at);
    out.add<"postgresql_guard_archiver_stuck">(state.archiver_stuck);
}

void add_events(metrics::SampleList& out, const postgres::GuardRows& rows) {
    for (const postgres::GuardEventRow& event : rows.events) {
        out.add<"postgresql_guard_events_total">(event.events, event.action, event.outcome);
        out.add<"postgresql_guard_last_event_timestamp_seconds">(event.last_at, event.action,
                                                                 event.outcome);
    }
    for (const postgres::EvictionRow& eviction : rows.evictions) {
        out.add<"postgresql_guard_eviction_timestamp_seconds">(eviction.at, eviction.slot_name,
                                                               eviction.outcome);
        out.add<"postgresql_guard_eviction_held_bytes">(eviction.held_bytes, eviction.slot_name,
                                                        eviction.outcome);
    }
    for (const postgres::VictimRow& victim : rows.next_victim) {
        out.add<"postgresql_guard_next_victim_bytes">(victim.frees_bytes, victim.slot_name);
    }
}

void add_holders(metrics::SampleList& out, const std::vector<postgres::HolderRow>& holders) {
    for (const postgres::HolderRow& holder : holders) {
        out.add<"postgresql_wal_holder_bytes">(holder.held_bytes, holder.holder, holder.name);
        out.add<"postgresql_wal_holder_marginal_bytes">(holder.marginal_bytes, holder.holder,
                                                        holder.name);
    }
    if (holders.empty()) {
        return; // the server always holds some WAL: nothing is known
    }
    out.add<"postgresql_wal_held_bytes">(holders.front().held_bytes);
    out.add<"postgresql_wal_holders_omitted">(holders.front().holders -
                                              static_cast<double>(holders.size()));
}

} // namespace

void add_guard_deeds(metrics::SampleList& out, const postgres::GuardRows& rows) {
    for (const postgres::GuardStateRow& state : rows.state) {
        add_state(out, state);
    }
    add_events(out, rows);
    add_holders(out, rows.holders);
}

} // namespace opsmon::collect
