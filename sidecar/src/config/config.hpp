#pragma once
// This component provides `Config`: the settings of the sidecar as plain structs, complete and
// valid. load_config() alone makes one; whoever holds one need not check anything again. It holds
// no secret: the database password stays in its file.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/url.hpp"

namespace opsmon::config {

using std::chrono::milliseconds;

struct Collect {
    milliseconds interval{5000};
    milliseconds timeout{4000};
    friend bool operator==(const Collect&, const Collect&) = default;
};

struct Postgres {
    std::string conninfo;
    std::string password_file; // empty: none
    milliseconds connect_timeout{3000};
    milliseconds statement_timeout{2000};
    milliseconds lock_timeout{50};
    std::string archive_path = {}; // where WAL is archived to, on this machine; empty: not known
    friend bool operator==(const Postgres&, const Postgres&) = default;
};

struct TopTalkers {
    bool enabled = true;
    std::size_t count = 10; // prefixes shown by name
    unsigned ipv4_prefix_bits = 24;
    unsigned ipv6_prefix_bits = 48;
    bool include_loopback = false;
    friend bool operator==(const TopTalkers&, const TopTalkers&) = default;
};

struct Network {
    std::vector<std::string> public_interfaces; // glob patterns, as all lists of names here
    std::vector<std::string> private_interfaces;
    std::vector<std::string> ignored_interfaces;
    TopTalkers top_talkers;
    friend bool operator==(const Network&, const Network&) = default;
};

struct Disk {
    std::vector<std::string> ignored_mount_points;
    std::vector<std::string> ignored_devices; // of disk_io
    friend bool operator==(const Disk&, const Disk&) = default;
};

struct Service {
    std::string name;
    Url url;
    milliseconds timeout{2000};
    milliseconds interval{5000};
    friend bool operator==(const Service&, const Service&) = default;
};

struct Alerting {
    std::vector<std::string> rule_files;
    std::string notification_file; // empty: alerts are evaluated, nobody is told
    friend bool operator==(const Alerting&, const Alerting&) = default;
};

// Where the sidecar keeps what must survive its restart.
struct Storage {
    std::string path; // a folder; empty: nothing is kept
    friend bool operator==(const Storage&, const Storage&) = default;
};

struct Config {
    HostPort listen_address{"127.0.0.1", 9788};
    Collect collect;
    Storage storage;
    std::optional<Postgres> postgres; // nothing: there is no server to watch
    Network network;
    Disk disk;
    std::vector<Service> services;
    Alerting alerting;
};

} // namespace opsmon::config
