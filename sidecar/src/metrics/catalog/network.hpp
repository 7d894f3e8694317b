#pragma once
// This component is the part of the catalog for the network: interfaces, TCP, who talks to us.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kNetworkMetrics = std::to_array<MetricSpec>({
    {"network_bytes_received_total", Kind::Counter, "network", "bytes", {"interface", "type"},
     "Bytes received by the interface; type is public or private."},
    {"network_bytes_sent_total", Kind::Counter, "network", "bytes", {"interface", "type"},
     "Bytes sent by the interface; type is public or private."},

    // Sockets: connections, and who is at their other end.
    {"network_tcp_connections", Kind::Gauge, "sockets", "", {"state"},
     "TCP sockets of IPv4 and IPv6 by state, in the network namespace of the sidecar; listen and "
     "time_wait are among the states."},
    {"network_tcp_listen_queue", Kind::Gauge, "sockets", "", {"port"},
     "Connections to the local port that wait to be accepted; the 20 ports where most do."},
    {"network_tcp_listen_queue_limit", Kind::Gauge, "sockets", "", {"port"},
     "How many connections to the local port may wait to be accepted; one more is dropped."},
    {"network_top_talker_connections", Kind::Gauge, "sockets", "", {"prefix", "type"},
     "TCP connections with the remote prefix, those in time_wait not counted; \"other\" is all "
     "that are not shown by name. type is public or private."},
    {"network_top_talker_received_bytes_total", Kind::Counter, "sockets", "bytes",
     {"prefix", "type"},
     "Payload received over TCP from the prefix since it is shown by name; what moves between two "
     "looks over a connection that is gone at the second is not seen."},
    {"network_top_talker_sent_bytes_total", Kind::Counter, "sockets", "bytes", {"prefix", "type"},
     "Payload sent over TCP to the prefix, and acknowledged, since it is shown by name."},
    {"network_top_talkers_suppressed_total", Kind::Counter, "sockets", "", {},
     "How often a prefix was not shown by name because 60 new ones were in the last hour."},
    {"network_top_talkers_untracked_total", Kind::Counter, "sockets", "", {},
     "Looks at a connection whose bytes could not be followed: more than 100,000 at a time."},
});
// clang-format on

} // namespace opsmon::metrics
