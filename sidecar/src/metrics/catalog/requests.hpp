#pragma once
// This component is the part of the catalog for the requests that services have served: what their
// access logs say, and nginx's stub_status. metrics/catalog_table.hpp joins the parts; nobody else
// includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kRequestMetrics = std::to_array<MetricSpec>({
    {"service_requests_total", Kind::Counter, "access_log", "", {"service", "code"},
     "Requests in the access log by status: of 100 to 599 the first 20 seen, the rest is other."},
    {"service_request_duration_seconds", Kind::Histogram, "access_log", "seconds", {"service"},
     "Duration of requests, of those lines of the access log that have one."},
    {"service_response_bytes_total", Kind::Counter, "access_log", "bytes", {"service"},
     "Bytes sent in responses, as the access log has them."},
    {"service_log_lines_total", Kind::Counter, "access_log", "", {"service", "result"},
     "Lines read from the access log: parsed, unparsed, empty, or too_long (over 64 KiB)."},
    {"service_log_skipped_bytes_total", Kind::Counter, "access_log", "bytes", {"service"},
     "Bytes of the access log passed over unread: a backlog over 1 GiB."},
    {"service_log_unread_bytes", Kind::Gauge, "access_log", "bytes", {"service"},
     "Bytes of the access log not read yet when the cycle ended."},
    {"service_log_followed", Kind::Gauge, "access_log", "", {"service"},
     "1 when every access log of the service could be read in the last cycle, else 0."},
    {"service_request_rate", Kind::Gauge, "access_log", "", {"service"},
     "Requests per second over the last minute; absent in the first ten seconds."},
    {"service_error_ratio", Kind::Gauge, "access_log", "ratio", {"service"},
     "Share of responses 5xx over the last minute, 0 to 1; absent without requests."},
    {"service_request_duration_quantile_seconds", Kind::Gauge, "access_log", "seconds",
     {"service", "quantile"},
     "Estimate of the 0.5, 0.95 and 0.99 quantile of the last minute's durations, from buckets."},
    {"service_endpoint_requests_total", Kind::Counter, "access_log", "", {"service", "endpoint"},
     "Requests of the 20 busiest endpoints (fewer from 15 services on) since each is one, or "
     "other."},
    {"service_endpoint_errors_total", Kind::Counter, "access_log", "", {"service", "endpoint"},
     "Responses 5xx of the endpoints in service_endpoint_requests_total, in the same manner."},
    {"service_endpoint_duration_seconds_total", Kind::Counter, "access_log", "seconds",
     {"service", "endpoint"},
     "Summed durations of the endpoints in service_endpoint_requests_total, in the same manner."},
    {"service_client_requests_total", Kind::Counter, "access_log", "", {"service", "prefix"},
     "Requests of the 20 busiest client prefixes (/24, /48; fewer from 15 services on), or other."},
    {"service_label_values_refused_total", Kind::Counter, "access_log", "", {"service", "label"},
     "Times a busy endpoint or prefix stayed in other: 60 new ones in the hour are the limit."},
    {"service_nginx_up", Kind::Gauge, "stub_status", "", {"service"},
     "1 when nginx answered its stub_status in the last cycle, else 0."},
    {"service_nginx_connections", Kind::Gauge, "stub_status", "", {"service", "state"},
     "Client connections of nginx: active is all of them, of which reading, writing, waiting."},
    {"service_nginx_connections_accepted_total", Kind::Counter, "stub_status", "", {"service"},
     "Connections that nginx has accepted."},
    {"service_nginx_connections_handled_total", Kind::Counter, "stub_status", "", {"service"},
     "Connections that nginx has handled; fewer than accepted when it ran out of connections."},
    {"service_nginx_requests_total", Kind::Counter, "stub_status", "", {"service"},
     "Requests that nginx has received."},
});
// clang-format on

} // namespace opsmon::metrics
