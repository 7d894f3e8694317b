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
    std::string volume;
    Number size_bytes;
    Number free_bytes;
    Number free_inodes;
    Number usable_bytes;
    Number rung;    // absent when the guard is off
    Number full_in; // seconds
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
};

} // namespace opsmon::postgres
