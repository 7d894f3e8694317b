#include <catch2/catch.hpp>

#include "rules/lint.hpp"
#include "rules/reach.hpp"
#include "rules/rule_file.hpp"
#include "support/rule_world.hpp"

using namespace opsmon;
using test::one_group;
using test::rule;

namespace {

std::string found(std::vector<rules::Rule> list) {
    std::string out;
    for (const auto& finding : rules::lint(one_group(std::move(list)), {})) {
        out += (out.empty() ? "" : "\n") + finding.what;
    }
    return out;
}

std::string found(const std::string& expr) {
    return found({rule("A", expr)});
}

} // namespace

TEST_CASE("how_far_back_an_expression_reads_is_known", "[lint]") {
    const auto reach = [](const char* expr) {
        return rules::reach_of(promql::parse(expr)->root());
    };
    CHECK(reach("m > 1 and n") == 0);
    CHECK(reach("rate(m[5m]) / sum(increase(n[10m]))") == 600'000);
    CHECK(reach("m offset 1m + 1") == 60'000);
    CHECK(reach("rate(m[5m] offset 1m)") == 360'000);
    CHECK(reach("max_over_time(rate(m[5m])[30m:1m])") == 2'100'000);
    CHECK(reach("m and last_over_time(ALERTS[5m])") == 300'000);
}

TEST_CASE("how_far_back_an_expression_reads_its_sources_is_known", "[lint]") {
    const auto reach = [](const char* expr) {
        return rules::reach_into_sources(promql::parse(expr)->root());
    };
    CHECK(reach("rate(m[5m] offset 1m)") == 360'000);
    CHECK(reach("m and last_over_time(ALERTS{alertname=\"A\"}[5m])") == 0);
    CHECK(reach("max_over_time(ALERTS_FOR_STATE[5m:10s] offset 1h)") == 0);
    CHECK(reach("max_over_time((ALERTS and on () m)[5m:10s])") == 300'000);
    CHECK(reach("last_over_time(ALERTS[5m]) or rate(m[1m])") == 60'000);
    CHECK(reach("max_over_time({__name__=~\"ALERTS|m\"}[2m])") == 120'000);
    CHECK(reach("rate(m[1m]) and last_over_time(ALERTS_FOR_STATE[5m])") == 60'000);
    CHECK(reach("m unless ALERTS offset 5m") == 0);
}

TEST_CASE("aggregations_that_take_labels_away_are_followed", "[lint]") {
    const std::string only = "the two sides never meet: only one of them has the label ";
    CHECK(
        found("sum by (service) (service_request_rate) / sum by (mode) (postgresql_guard_mode)") ==
        only + "mode");
    CHECK(found("service_request_rate / sum(service_request_rate) > 0.5") == only + "service");
    CHECK(found("service_request_rate / on() group_left sum(service_request_rate) > 0.5") == "");
    CHECK(found("service_request_rate / ignoring(service) group_left sum(service_request_rate) > "
                "0.5") == "");
    CHECK(found("sum without (service) (service_request_rate) / service_request_rate > 1") ==
          only + "service");
    CHECK(found("postgresql_slot_active == 0 and on() postgresql_in_recovery == 0") == "");
    CHECK(found("postgresql_slot_active * on(slot_name) postgresql_in_recovery") ==
          only + "slot_name");
    CHECK(found("max by (mountpoint) (system_disk_usage_percent) > 85") ==
          "system_disk_usage_percent have no label mountpoint to group by");
    CHECK(found("count(postgresql_up == 0) == 0") == "the comparison with 0 is never true");
    CHECK(found("count(postgresql_up == 0) < 1") == "the comparison with 1 is never true");
    CHECK(found("count(postgresql_up == 0) > 0") == "");
    CHECK(found("sum(network_bytes_sent_total) < 0") == "the comparison with 0 is never true");
    CHECK(found({rule("A", "sum by (service) (service_request_rate) > 5", 0, {},
                      {{"d", "{{ $labels.code }} {{ $labels.service }}"}})}) ==
          "the text d uses $labels.code");
}

TEST_CASE("functions_that_are_given_what_they_cannot_use_are_found", "[lint]") {
    CHECK(found("rate(postgresql_wal_size_bytes[5m]) > 1") ==
          "rate() of postgresql_wal_size_bytes, a gauge");
    CHECK(found("increase(postgresql_connections[5m]) > 1") ==
          "increase() of postgresql_connections, a gauge");
    CHECK(found("delta(network_bytes_sent_total[5m]) > 1") ==
          "delta() of the counter network_bytes_sent_total");
    CHECK(found("rate(network_bytes_sent_total[5m]) < 0") == "the comparison with 0 is never true");
    CHECK(found("deriv(postgresql_wal_size_bytes[5m]) > 1e6") == "");
    CHECK(found("max_over_time(postgresql_up[5m]) > 1") == "the comparison with 1 is never true");
    CHECK(found("histogram_quantile(0.9, sum by (service) "
                "(rate(service_response_time_seconds_bucket[5m]))) > 1") ==
          "histogram_quantile() of series without the label le");
    CHECK(found("histogram_quantile(0.9, sum by (service, le) "
                "(rate(service_response_time_seconds_bucket[5m]))) > 1") == "");
    CHECK(found("timestamp(postgresql_up == 0) < time() - 36000") ==
          "timestamp() of something that is no selector");
    CHECK(found("timestamp(postgresql_up) < time() - 60") == "");
}

// The rule of the incident: 800 Mbps were meant, and bytes are measured.
TEST_CASE("bytes_that_are_compared_with_bits_are_found", "[lint]") {
    CHECK(found("rate(network_bytes_sent_total{interface=\"eth0\",type=\"public\"}[5m]) > "
                "800000000") == "bytes per second are compared with 8e+08");
    CHECK(found("rate(network_bytes_sent_total{type=\"public\"}[5m]) * 8 > 800000000") == "");
    CHECK(found("sum by (type) (rate(network_bytes_sent_total[5m])) > 800000000") ==
          "bytes per second are compared with 8e+08");
    CHECK(found("rate(network_bytes_sent_total[5m]) > 100e6") == "");
    CHECK(found("rate(network_bytes_sent_total[5m]) * 8 > network_link_speed_bytes_per_second") ==
          "bits are compared with bytes");
    CHECK(found({rule("A", "rate(network_bytes_sent_total[5m]) > 100e6", 0, {},
                      {{"d", "{{ $value }} Mbps"}})}) == "the text d speaks of bits");
}

TEST_CASE("rules_of_well_known_projects_that_can_never_fire_are_found", "[lint]") {
    CHECK_THAT(
        found("(pg_replication_lag > 3600) and on (instance) (pg_replication_is_replica == 1)"),
        Catch::Contains("pg_replication_lag does not exist any more"));
    CHECK_THAT(found("group without(pod, instance)(timestamp(pg_stat_user_tables_n_dead_tup > "
                     "pg_stat_user_tables_n_live_tup * on(namespace, job, service, instance, "
                     "server) group_left pg_settings_autovacuum_vacuum_scale_factor + "
                     "on(namespace, job, service, instance, server) group_left "
                     "pg_settings_autovacuum_vacuum_threshold) < time() - 36000)"),
               Catch::Contains("timestamp() of something that is no selector"));
    CHECK_THAT(found("avg by(datname) (rate(pg_stat_activity_max_tx_duration{datname!~"
                     "\"template.*\"}[2m])) > 2 * 60"),
               Catch::Contains("rate() of pg_stat_activity_max_tx_duration, a gauge"));
    CHECK_THAT(found("rate(pg_stat_bgwriter_checkpoints_req_total[5m]) / "
                     "(rate(pg_stat_bgwriter_checkpoints_timed_total[5m]) + "
                     "rate(pg_stat_bgwriter_checkpoints_req_total[5m])) > 0.5"),
               Catch::Contains("pg_stat_bgwriter_checkpoints_timed_total does not exist any more"));
    CHECK_THAT(found("(pg_replication_slots_active == 0) and (pg_replication_is_replica == 0)"),
               Catch::Contains("the two sides never meet"));
}

TEST_CASE("what_the_incidents_team_has_deployed_loads_and_its_slip_is_told", "[lint]") {
    const auto groups = rules::read_rule_file("theirs.yml", R"(groups:
  - name: production
    interval: 30s
    rules:
      - alert: PostgreSQLReplicationLagHigh
        expr: postgresql_replication_lag_bytes > 100000000
        for: 5m
        labels: {severity: critical}
        annotations: {description: '{{ $labels.slave }} is {{ $value | humanize }} bytes behind'}
      - alert: PostgreSQLWALSizeHigh
        expr: postgresql_wal_size_bytes > 50000000000
        for: 2m
      - alert: DiskUsageHigh
        expr: system_disk_usage_percent{mount_point="/"} > 85
        for: 5m
      - alert: ServiceDown
        expr: service_health_status == 0
        for: 1m
      - alert: PublicBandwidthHigh
        expr: rate(network_bytes_sent_total{interface="eth0",type="public"}[5m]) > 800000000
        for: 2m
)");
    REQUIRE(groups);
    const auto findings = rules::lint(*groups, {});
    REQUIRE(findings.size() == 1);
    CHECK(
        findings[0].to_string() ==
        "theirs.yml:19: PublicBandwidthHigh: bytes per second are compared with 8e+08\n"
        "    why: that is 6.4 Gbit/s: bits were meant, most likely, and the link never gets there\n"
        "    instead: multiply the rate by 8, or compare with 1e+08");
}
