#pragma once
// This component holds what one cycle reads from PostgreSQL, as plain rows: numbers as they are,
// nothing where SQL has NULL. queries.cpp fills them; the collector turns them into metrics. Times
// are Unix time, and ages and intervals durations, both in seconds.

#include <optional>
#include <string>
#include <vector>

namespace opsmon::postgres {

using Number = std::optional<double>;
using Text = std::optional<std::string>;

// What every server answers, with the extension or without.
struct ServerRow {
    std::string version;
    std::string database;
    bool in_recovery = false;
    double now = 0;
    double start_time = 0;
    double max_connections = 0;
    Text extension_version;
    Number backend_pid = {};  // of this session, as the server's machine numbers it
    Text server_address = {}; // where this session reached it; nothing over a unix socket
};

struct WorkerFacts {
    Number interval;
    Number sampled_at;
    Number age;
    Number ticks;
    Number failures;
    Text last_error;
};

struct StatusRow {
    Number timeline;
    WorkerFacts guard;
    WorkerFacts sampler;
    Text recorder;
    Number recorder_failures;
    Number slots_omitted;
    Number senders_omitted;
    Number activity_groups_omitted;
    Text library_version; // what the server has loaded
};

struct SlotRow {
    std::string slot_name;
    std::string slot_type;
    bool active = false;
    Text wal_status;
    Number safe_wal_bytes;
    Number retained_bytes;
    Number last_active_at;
    Number inactive_since;
    Number last_progress_at;
    Number wal_since_progress_bytes;
};

struct SenderRow {
    double pid = 0;
    std::string consumer;
    std::string application_name;
    std::string client_address; // empty over a unix socket
    std::string slot_name;
    std::string state;
    std::string sync_state;
    Number backend_start;
    Number lag_bytes;
    Number unsent_bytes;
    Number write_lag;
    Number flush_lag;
    Number replay_lag;
    Number reply_time;
    Number reply_age;
};

struct WalRow {
    Number current_lsn_bytes;
    Number segment_bytes;
    Number directory_bytes;
    Number directory_files;
    Number recycled_bytes;
    Number archived_count;
    Number last_archived_at;
    Number failed_count;
    Number last_failed_at;
};

struct VolumeRow {
    std::string volume; // wal, data or tablespace:<oid>
    Number size_bytes;
    Number free_bytes;
    Number free_inodes;
    Number usable_bytes;
    Number rung;        // absent when the guard is off
    Number full_in;     // seconds
    Text path = {};     // as the server resolved it
    Number device = {}; // st_dev on the server's machine
};

// What the guard may do, has done and holds up, but for what belongs to one volume.
struct GuardStateRow {
    Text mode;
    bool suspended = false;
    Number suspended_until;
    Text fence; // down, writers or everything
    bool fence_by_hand = false;
    Number fence_since;
    Number refused_statements;
    Number cancelled_statements;
    Number held_commits;
    Number policies_loaded_at;
    Number policies_omitted;
    Number ballast_wal_bytes; // 0: none, although the settings ask for one
    Number ballast_data_bytes;
    Number reclaimer_last_tick_at;
    Number archiver_stuck; // 1 or 0
    Number reports_lost;
};

// How often an action came to an outcome, and when last.
struct GuardEventRow {
    std::string action;
    std::string outcome;
    Number events;
    Number last_at;
};

// The last time that the guard wanted to take this consumer.
struct EvictionRow {
    std::string slot_name;
    std::string outcome;
    Number at;
    Number held_bytes;
};

struct HolderRow {
    std::string holder;
    std::string name; // a slot's, else empty
    Number held_bytes;
    Number marginal_bytes;
    double holders = 0; // of all, shown or not
};

struct VictimRow {
    std::string slot_name;
    Number frees_bytes;
};

// What the guard's own views say.
struct GuardRows {
    std::vector<GuardStateRow> state; // one row
    std::vector<GuardEventRow> events;
    std::vector<EvictionRow> evictions;
    std::vector<HolderRow> holders;
    std::vector<VictimRow> next_victim; // one row, or nobody
};

// What goes on at this moment, in numbers.
struct MomentRow {
    Number slow_queries; // absent when no statement counts as slow
    Number slow_query_longest;
    Number blocked_sessions;
    Number blocked_longest;
    Number idle_in_transaction_longest;
    Number xid_used; // share of what there is before the server stops
    Number mxid_used;
};

struct HorizonRow {
    std::string kind;
    Number xmin_age;
};

// How a standby gets its WAL; its lag is absent unless the primary is heard of.
struct ReceiverRow {
    std::string state;
    bool replay_paused = false;
    Number lag_bytes;
    Number lag;
    Number not_replayed_bytes;
    Number last_message_at;
};

struct AdviceRow {
    std::string severity;
    Number count;
};

// The longest statement of those that are alike.
struct SlowRow {
    std::string database;
    std::string username;
    std::string application_name;
    std::string query_id; // empty where the server computes none
    Number longest;
    Number running; // 1 or 0: one of them runs now
};

struct LiveRows {
    std::vector<MomentRow> moment; // one row
    std::vector<HorizonRow> horizons;
    std::vector<ReceiverRow> receiver; // one row on a standby
    std::vector<AdviceRow> advice;
    std::vector<SlowRow> slow;
    std::string error; // why they are not whole: the rest of an answer does not depend on them
};

// Somebody who takes WAL, or did.
struct ConsumerRow {
    std::string kind;
    std::string name;
    std::string state;
    std::string application_name;
    std::string owner;  // empty: nobody has said
    std::string policy; // empty: it has no slot
    std::string recognised;
    Number unowned;  // 1 or 0
    Number expected; // 1 or 0
    Number held_bytes;
    Number first_seen;
    Number last_seen;
    Number state_since;
    double consumers = 0; // of all, shown or not
};

struct LearnerRow {
    Number failures;
    Number learned_at;
};

// The inventory, or why it could not be read: the rest of an answer does not depend on it.
struct ConsumerRows {
    std::vector<LearnerRow> learner; // one row
    std::vector<ConsumerRow> consumers;
    std::string error;
};

struct ActivityRow {
    Text state;
    double sessions = 0;
};

// What the extension's views say.
struct ExtensionRows {
    StatusRow status;
    std::vector<SlotRow> slots;
    std::vector<SenderRow> senders;
    std::vector<WalRow> wal; // one row, or none yet
    std::vector<VolumeRow> volumes;
    std::vector<ActivityRow> activity;
    GuardRows guard;
    LiveRows live;
    ConsumerRows consumers;
};

} // namespace opsmon::postgres
