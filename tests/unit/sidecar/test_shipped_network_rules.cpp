#include <catch2/catch.hpp>

#include "support/shipped_rules.hpp"

using namespace opsmon;

namespace {

test::SeriesList suspected(const std::string& reason, double signal, const std::string& detail) {
    const std::string label = "{reason=\"" + reason + "\"}";
    return {{"network_attack_suspected" + label, 1},
            {"network_attack_signal" + label, signal},
            {"network_attack_threshold" + label, 60},
            {"network_attack_baseline" + label, 7.25},
            {"network_attack_since_timestamp_seconds" + label, 1668000000},
            {"network_attack_info{reason=\"" + reason + "\",detail=\"" + detail + "\"}", 1}};
}

const std::string kEth0 = "{interface=\"eth0\",type=\"public\"}";

} // namespace

std::vector<test::Expectation> test::network_expectations() {
    return {
        {"NetworkAttackSuspected",
         "critical",
         0,
         suspected("traffic", 81.4, "eth0"),
         {"traffic that nobody answers", "percent of the link: 81 (eth0)", "suspicious from 60",
          "daily peak 7.2", "since 2022-11-09 13:20:00", "/api/v1/top_talkers", "nstat",
          "provider"}},
        {"NetworkAttackSuspected",
         "critical",
         0,
         suspected("syn_flood", 1024, "half-open connections"),
         {"a SYN flood", "nobody completes: 1024 (half-open connections)", "syn-recv",
          "tcp_syncookies"}},
        {"NetworkAttackSuspected",
         "critical",
         0,
         suspected("request_rate", 350, "203.0.113.0/24 /api/login"),
         {"far too many requests", "350 (203.0.113.0/24 /api/login)", "nft insert rule"}},
        {"NetworkAttackSuspected",
         "warning",
         0,
         suspected("top_prefix", 700, "203.0.113.0/24"),
         {"holds very many connections", "700 (203.0.113.0/24)", "nft insert rule", "CDN"}},
        {"NetworkAttackSuspected",
         "warning",
         0,
         {{"network_attack_suspected{reason=\"connection_rate\"}", 1}}, // and its signal is lost
         {"new connections than ever", "not known at the moment", "ss -s"}},
        {"PublicLinkSaturated",
         "warning",
         120,
         {{"network_send_utilisation_percent" + kEth0, 97.4},
          {"network_receive_utilisation_percent" + kEth0, 12},
          {"network_link_speed_bytes_per_second" + kEth0, 125e6}},
         {"eth0 is full", "12 % in", "97 % out", "of 125MB/s"}},
        {"PublicLinkSaturated",
         "warning",
         120,
         {{"network_receive_utilisation_percent" + kEth0, 93}},
         {"93 % in", "NetworkAttackSuspected"}},
        {"ConntrackNearlyFull",
         "critical",
         30,
         {{"network_conntrack_usage_ratio", 0.952},
          {"network_conntrack_entries", 249561},
          {"network_conntrack_limit", 262144}},
         {"95.2%", "249561 are tracked of 262144", "nf_conntrack_max"}},
        {"TcpListenOverflows",
         "warning",
         60,
         {{"network_tcp_listen_overflows_per_second", 4.25}},
         {"does not accept", "4.2 connections per second", "ss -lnt", "somaxconn"}},
    };
}

TEST_CASE("each_shipped_rule_of_the_network_fires_and_says_what_to_do", "[rules][network]") {
    for (const auto& expected : test::network_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("no_shipped_rule_of_the_network_fires_on_a_healthy_machine", "[rules][network]") {
    CHECK(test::alerts_after(
              300, {{"network_attack_suspected{reason=\"traffic\"}", 0},
                    {"network_attack_suspected{reason=\"top_prefix\"}", 0},
                    {"network_receive_utilisation_percent" + kEth0, 89},
                    {"network_send_utilisation_percent" + kEth0, 89},
                    {"network_send_utilisation_percent{interface=\"eth1\",type=\"private\"}", 99},
                    {"network_conntrack_usage_ratio", 0.89},
                    {"network_tcp_listen_overflows_per_second", 0.5}})
              .empty());
}

TEST_CASE("what_an_attacker_chooses_brings_no_markup_into_a_message", "[rules][network]") {
    const auto alerts = test::alerts_after(
        1, suspected("request_rate", 350, "203.0.113.0/24 /`*;$(reboot)<!channel>|&'"));
    REQUIRE(alerts.size() == 1);
    CHECK_THAT(alerts[0].annotations.at("description"),
               Catch::Contains("203.0.113.0/24 /?????reboot???channel????"));
    CHECK_THAT(alerts[0].annotations.at("description"), !Catch::Contains("$(reboot"));
}
