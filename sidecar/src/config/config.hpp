#pragma once
// This component provides `Config`: the settings of the sidecar as plain structs, complete and
// valid. load_config() alone makes one; whoever holds one need not check anything again. It holds
// no secret: the database password stays in its file.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/address_range.hpp"
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

enum class RemedyMode { Off, Observe, Enforce };

// Another node whose logs are cleaned after a drop: it forwards, and keeps them too.
struct SlonyForwarder {
    std::string cluster;
    std::string conninfo;
    friend bool operator==(const SlonyForwarder&, const SlonyForwarder&) = default;
};

// Whether, and from when on, a dead node of Slony-I is dropped; docs/slony.md explains it.
struct SlonyRemedy {
    RemedyMode mode = RemedyMode::Observe;
    milliseconds minimum_silence{3'600'000}; // of the node; the database has a limit of its own
    milliseconds minimum_watch{1'800'000};   // so long the sidecar itself has seen it
    milliseconds probe_interval{30'000};
    unsigned minimum_probes = 20; // that found nobody, one after the other
    double held_percent = 10;     // of the data volume
    milliseconds full_within{6 * 3'600'000};
    std::size_t free_floor_bytes = 64UL << 20; // with less a drop may fail half-way
    std::vector<SlonyForwarder> forwarders;
    friend bool operator==(const SlonyRemedy&, const SlonyRemedy&) = default;
};

// The Slony-I clusters in the databases of that server.
struct Slony {
    bool enabled = true;
    milliseconds interval{10'000};
    milliseconds discovery_interval{300'000}; // between looks for clusters in all databases
    std::vector<std::string> ignored_databases;
    std::string conninfo;      // empty: that of postgres; the database is replaced
    std::string password_file; // of conninfo; empty: none
    SlonyRemedy remedy;
    friend bool operator==(const Slony&, const Slony&) = default;
};

struct TopTalkers {
    bool enabled = true;
    std::size_t count = 10; // prefixes shown by name
    unsigned ipv4_prefix_bits = 24;
    unsigned ipv6_prefix_bits = 48;
    bool include_loopback = false;
    friend bool operator==(const TopTalkers&, const TopTalkers&) = default;
};

struct LinkSpeed {
    std::string interface; // a glob pattern
    double bytes_per_second = 0;
    friend bool operator==(const LinkSpeed&, const LinkSpeed&) = default;
};

// From where on the signals of an attack count, at least; docs/attack.md explains them.
struct Attack {
    double link_percent = 60;
    double connections_per_second = 200;
    double half_open_connections = 256;
    double prefix_connections = 200;
    double prefix_share_percent = 25;
    double requests_per_second = 200;
    milliseconds hold{300'000};
    friend bool operator==(const Attack&, const Attack&) = default;
};

struct Network {
    std::vector<std::string> public_interfaces; // glob patterns, as all lists of names here
    std::vector<std::string> private_interfaces;
    std::vector<std::string> ignored_interfaces{"veth*", "cali*", "lxc*", "vnet*", "tap*", "ifb*"};
    std::vector<AddressRange> public_ranges; // what the addresses of an interface say; public first
    std::vector<AddressRange> private_ranges;
    std::vector<LinkSpeed> link_speeds; // the first that fits
    Attack attack;
    TopTalkers top_talkers;
    friend bool operator==(const Network&, const Network&) = default;
};

struct Disk {
    std::vector<std::string> ignored_mount_points;
    std::vector<std::string> ignored_devices; // of disk_io
    friend bool operator==(const Disk&, const Disk&) = default;
};

enum class ProbeKind { Http, Tcp, Systemd, Postgres };
enum class Redirects { Judge, Refuse, Follow };

struct StatusRange {
    int first = 0;
    int last = 0;
    friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

// A header and what it holds, or the pattern it must match, or the file its value stands in.
struct HeaderText {
    std::string name;
    std::string text;
    friend bool operator==(const HeaderText&, const HeaderText&) = default;
};

struct HttpCheck {
    std::string method = "GET";
    std::string body{};
    std::vector<HeaderText> headers{};
    std::vector<HeaderText> header_files{};
    std::vector<StatusRange> statuses{{200, 399}};
    std::vector<std::string> body_patterns{};
    std::vector<std::string> forbidden_body_patterns{};
    std::vector<HeaderText> header_patterns{};
    Redirects redirects = Redirects::Judge;
    std::string unix_socket{};
    std::string username{}; // empty: no basic authentication
    std::string password_file{};
    friend bool operator==(const HttpCheck&, const HttpCheck&) = default;
};

struct TlsCheck {
    bool over_tcp = false; // a TCP probe speaks TLS; the scheme decides for HTTP
    std::string ca_file{};
    std::string server_name{};
    bool insecure_skip_verify = false;
    friend bool operator==(const TlsCheck&, const TlsCheck&) = default;
};

struct TcpStep {
    std::string send;
    std::string expect; // a pattern; empty: nothing is waited for
    friend bool operator==(const TcpStep&, const TcpStep&) = default;
};

struct Service {
    std::string name;
    Url url;
    milliseconds timeout{2000};
    milliseconds interval{5000};
    ProbeKind kind = ProbeKind::Http;
    HostPort address{};        // of a TCP or PostgreSQL probe
    std::string socket_path{}; // of a PostgreSQL probe, instead of the address
    std::string unit{};        // of a systemd probe
    HttpCheck http{};
    TlsCheck tls{};
    std::vector<TcpStep> steps{};
    friend bool operator==(const Service&, const Service&) = default;
};

// Keys of a JSON line, each with its alternatives; the first that a line has counts.
struct AccessLogFields {
    std::vector<std::string> status{"status"};
    std::vector<std::string> duration{"request_time"};
    std::vector<std::string> bytes{"body_bytes_sent", "bytes_sent"};
    std::vector<std::string> request{"request"}; // the whole: GET /path HTTP/1.1
    std::vector<std::string> method{"method", "request_method"};
    std::vector<std::string> uri{"uri", "request_uri"};
    std::vector<std::string> client{"remote_addr", "client_ip"};
    std::vector<std::string> forwarded_for{"http_x_forwarded_for"};
    friend bool operator==(const AccessLogFields&, const AccessLogFields&) = default;
};

enum class AccessLogFormat { Combined, Json };

struct AccessLog {
    std::string service;
    std::string path; // a glob pattern in its last part
    AccessLogFormat format = AccessLogFormat::Combined;
    // What follows the user agent in a combined line: duration, forwarded_for, or - for a word
    // that does not matter.
    std::vector<std::string> extra_fields;
    AccessLogFields fields;
    double duration_unit_seconds = 1;
    std::vector<AddressRange> trusted_proxies; // whose X-Forwarded-For is believed
    friend bool operator==(const AccessLog&, const AccessLog&) = default;
};

struct StubStatus {
    std::string service;
    Url url;
    milliseconds timeout{2000};
    friend bool operator==(const StubStatus&, const StubStatus&) = default;
};

struct Alerting {
    std::vector<std::string> rule_files;
    std::string notification_file;  // empty: alerts are evaluated, nobody is told
    std::vector<Url> alertmanagers; // instead of the file
    std::string fallback_receiver;  // of the file; empty: none
    int fallback_receiver_line = 0;
    milliseconds fallback_after{120'000};
    friend bool operator==(const Alerting&, const Alerting&) = default;
};

// Where the sidecar keeps what must survive its restart.
struct Storage {
    std::string path; // a folder; empty: nothing is kept
    friend bool operator==(const Storage&, const Storage&) = default;
};

// What rules and queries can look back on.
struct History {
    milliseconds window{6 * 3'600'000};
    milliseconds interval{10'000};
    std::size_t memory_bytes_max = 64UL << 20;
    friend bool operator==(const History&, const History&) = default;
};

struct Config {
    HostPort listen_address{"127.0.0.1", 9788};
    std::string external_url; // where people reach it; empty: at the address it listens on
    std::vector<std::string> allowed_hosts; // other names it may be asked by
    std::string dashboard_file;             // of the page; empty: the one it comes with
    Collect collect;
    Storage storage;
    History history;
    std::optional<Postgres> postgres; // nothing: there is no server to watch
    Slony slony;
    Network network;
    Disk disk;
    std::vector<Service> services;
    std::vector<AccessLog> access_logs;
    std::vector<StubStatus> stub_status;
    Alerting alerting;
};

} // namespace opsmon::config
