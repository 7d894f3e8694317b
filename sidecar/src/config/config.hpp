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
    friend bool operator==(const Postgres&, const Postgres&) = default;
};

struct Network {
    std::vector<std::string> public_interfaces; // glob patterns, as all lists of names here
    std::vector<std::string> private_interfaces;
    std::vector<std::string> ignored_interfaces;
    friend bool operator==(const Network&, const Network&) = default;
};

struct Disk {
    std::vector<std::string> ignored_mount_points;
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
