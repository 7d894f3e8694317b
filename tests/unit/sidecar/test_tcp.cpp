#include <catch2/catch.hpp>

#include "collect/network/conntrack.hpp"
#include "collect/network/tcp.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart{100h};
const std::string kProc = OPSMON_FIXTURES "/proc";

std::optional<double> value_of(const metrics::SampleList& list, std::string_view name,
                               const std::vector<std::string>& labels = {}) {
    for (const auto& sample : list.samples()) {
        if (metrics::kCatalog[sample.metric].name == name && sample.label_values == labels) {
            return sample.value;
        }
    }
    return std::nullopt;
}

TcpFacts facts(double opens, double overflows, double sent = 0, double again = 0) {
    TcpFacts out;
    out.counters.add("Tcp", "PassiveOpens", opens);
    out.counters.add("TcpExt", "ListenOverflows", overflows);
    out.counters.add("Tcp", "OutSegs", sent);
    out.counters.add("Tcp", "RetransSegs", again);
    return out;
}

} // namespace

TEST_CASE("what_the_kernel_counts_of_tcp_is_shown", "[tcp]") {
    TcpRates rates;
    const auto report = Tcp(kProc).collect(kStart, 17.0, rates);
    REQUIRE(report.success);
    CHECK(report.collector == "tcp");
    CHECK(value_of(report.samples, "network_tcp_syn_backlog") == 17.0);
    CHECK(value_of(report.samples, "network_tcp_syn_backlog_limit") == 2048.0);
    CHECK(value_of(report.samples, "network_tcp_passive_opens_total") > 0.0);
    CHECK(value_of(report.samples, "network_tcp_listen_overflows_total").has_value());
    CHECK(value_of(report.samples, "network_tcp_memory_limit_bytes") > 1e6);
    CHECK(value_of(report.samples, "network_tcp_sockets_in_use", {"ipv6"}).has_value());
    CHECK_FALSE(value_of(report.samples, "network_tcp_passive_opens_per_second"));
    CHECK(rates.syn_backlog_limit == 2048.0);
}

TEST_CASE("rates_of_tcp_are_over_the_last_cycle_and_overflows_over_a_minute", "[tcp]") {
    Tcp tcp(kProc);
    TcpRates rates;
    metrics::SampleList none;
    tcp.show(facts(100, 0), kStart, none, rates);
    CHECK_FALSE(rates.passive_opens);
    for (int second = 5; second <= 55; second += 5) {
        metrics::SampleList out;
        tcp.show(facts(100 + second * 10.0, 0), kStart + std::chrono::seconds(second), out, rates);
    }
    CHECK(rates.passive_opens == 10.0);
    metrics::SampleList out;
    tcp.show(facts(660, 120), kStart + 60s, out, rates);
    CHECK(rates.listen_overflows == 24.0);
    CHECK(value_of(out, "network_tcp_listen_overflows_per_second") == 2.0);
}

TEST_CASE("a_counter_that_fell_has_no_rate_and_is_never_negative", "[tcp]") {
    Tcp tcp(kProc);
    TcpRates rates;
    metrics::SampleList out;
    tcp.show(facts(100, 10), kStart, out, rates);
    tcp.show(facts(50, 5), kStart + 5s, out, rates);
    CHECK_FALSE(rates.passive_opens);
    tcp.show(facts(60, 5), kStart + 10s, out, rates);
    CHECK(rates.passive_opens == 2.0);
    tcp.show({}, kStart + 15s, out, rates); // a kernel that says nothing
    CHECK_FALSE(rates.passive_opens);
}

TEST_CASE("retransmissions_are_a_ratio_where_enough_was_sent", "[tcp]") {
    CHECK(retransmit_ratio(1, 100) == 0.01);
    CHECK_FALSE(retransmit_ratio(1, 1));
    CHECK_FALSE(retransmit_ratio(std::nullopt, 100));
    CHECK_FALSE(retransmit_ratio(1, std::nullopt));
}

TEST_CASE("a_kernel_file_that_is_broken_fails_tcp_and_says_which", "[tcp]") {
    TcpRates rates;
    const auto missing = Tcp("/nonexistent").collect(kStart, std::nullopt, rates);
    CHECK_FALSE(missing.success);
    CHECK_THAT(missing.error, Catch::Contains("/nonexistent/net/snmp"));
}

TEST_CASE("connection_tracking_is_read_where_it_is", "[conntrack]") {
    const auto report = collect_conntrack(kProc);
    CHECK(report.success);
    CHECK(value_of(report.samples, "network_conntrack_limit") > 0.0);
    CHECK(value_of(report.samples, "network_conntrack_usage_ratio") < 1.0);
}

TEST_CASE("without_connection_tracking_there_is_nothing_to_show_and_no_failure", "[conntrack]") {
    const auto report = collect_conntrack("/nonexistent");
    CHECK(report.success);
    CHECK(report.samples.samples().empty());
}

TEST_CASE("connection_tracking_that_makes_no_sense_is_an_error", "[conntrack]") {
    CHECK(parse_conntrack("5\n", "262144\n")->limit == 262144.0);
    CHECK_FALSE(parse_conntrack("5\n", "0\n")->limit); // as many as there is memory for
    CHECK_FALSE(parse_conntrack("", "262144"));
    CHECK_FALSE(parse_conntrack("5", ""));
    CHECK_FALSE(parse_conntrack("-5", "262144"));
    CHECK_FALSE(parse_conntrack("five", "262144"));
}
