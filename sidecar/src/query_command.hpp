#pragma once
// This component is the commands `opsmon-sidecar query` and `serve-data`: they evaluate PromQL over
// an OpenMetrics file with timestamps, and print what the HTTP API of Prometheus would answer, or
// answer it to Grafana and other clients. main starts them. Nothing of a running sidecar takes
// part.

#include <iosfwd>
#include <string>

namespace opsmon {

struct QueryOptions {
    std::string data_file;
    std::string expression; // "-": one a line, from the standard input
    std::string time;       // Unix seconds or RFC 3339; empty: the newest sample of the file
    std::string start;      // with end and step: a range
    std::string end;
    std::string step; // seconds or a duration
};

// The exit code: a failure only where the options or the file are wrong, or where the one
// expression is.
int run_query(const QueryOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

struct ServeDataOptions {
    std::string data_file;
    std::string listen_address = "127.0.0.1:9788";
};

// Until SIGTERM or SIGINT.
int run_serve_data(const ServeDataOptions& options, std::ostream& out, std::ostream& err);

} // namespace opsmon
