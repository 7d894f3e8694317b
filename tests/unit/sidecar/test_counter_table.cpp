#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/network/counter_table.hpp"
#include "collect/network/sockstat.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

std::string fixture(const std::string& name) {
    return *read_file(OPSMON_FIXTURES "/proc/net/" + name, 1 << 20);
}

} // namespace

TEST_CASE("counters_have_the_names_of_their_group", "[tcp]") {
    const auto snmp = parse_counter_pairs(fixture("snmp"));
    REQUIRE(snmp);
    CHECK(snmp->find("Tcp.PassiveOpens") > 0.0);
    CHECK(snmp->find("Udp.InDatagrams") > 0.0);
    CHECK_FALSE(snmp->find("Tcp.MaxConn")); // -1: there is no limit
    CHECK_FALSE(snmp->find("Tcp.NoSuchThing"));
    const auto netstat = parse_counter_pairs(fixture("netstat"));
    REQUIRE(netstat);
    CHECK(netstat->find("TcpExt.ListenOverflows").has_value());
    CHECK(netstat->find("TcpExt.SyncookiesSent").has_value());
    const auto six = parse_counter_lines(fixture("snmp6"));
    REQUIRE(six);
    CHECK(six->find("Udp6InDatagrams").has_value());
}

TEST_CASE("names_and_numbers_that_do_not_belong_together_are_an_error", "[tcp]") {
    CHECK_FALSE(parse_counter_pairs(""));
    CHECK_FALSE(parse_counter_pairs("Tcp: A B\n"));
    CHECK_FALSE(parse_counter_pairs("Tcp: A B\nTcp: 1\n"));
    CHECK_FALSE(parse_counter_pairs("Tcp: A B\nUdp: 1 2\n"));
    CHECK_FALSE(parse_counter_pairs("Tcp A B\nTcp 1 2\n"));
    CHECK_FALSE(parse_counter_pairs("Tcp: A B\nTcp: x y\n"));
    CHECK_FALSE(parse_counter_pairs(std::string("\0\0\n\0\n", 5)));
    CHECK_FALSE(parse_counter_lines(""));
    CHECK_FALSE(parse_counter_lines("Udp6InDatagrams\n"));
    CHECK_FALSE(parse_counter_lines("Udp6InDatagrams 1 2\n"));
    const std::string whole = fixture("netstat");
    for (std::size_t cut = 0; cut < whole.size(); cut += 97) {
        (void)parse_counter_pairs(whole.substr(0, cut)); // ends, whatever it says
    }
}

TEST_CASE("numbers_that_are_absurd_are_unknown_and_the_others_stay", "[tcp]") {
    const auto table = parse_counter_pairs("Tcp: A B C\nTcp: -5 99999999999999999999 7\n");
    REQUIRE(table);
    CHECK(table->size() == 1);
    CHECK(table->find("Tcp.C") == 7.0);
}

TEST_CASE("sockets_are_counted_without_a_look_at_them", "[tcp]") {
    const auto counts = parse_sockstat("sockets: used 290\n"
                                       "TCP: inuse 12 orphan 3 tw 40 alloc 15 mem 9\n"
                                       "UDP: inuse 2 mem 1\n");
    REQUIRE(counts);
    CHECK(counts->tcp_in_use == 12.0);
    CHECK(counts->tcp_orphaned == 3.0);
    CHECK(counts->tcp_time_wait == 40.0);
    CHECK(counts->tcp_allocated == 15.0);
    CHECK(counts->tcp_memory_pages == 9.0);
    const auto six = parse_sockstat(fixture("sockstat6"));
    REQUIRE(six);
    CHECK(six->tcp_in_use.has_value());
    CHECK_FALSE(six->tcp_time_wait);
    CHECK(parse_sockstat(fixture("sockstat")));
}

TEST_CASE("socket_counts_that_are_broken_are_an_error", "[tcp]") {
    CHECK_FALSE(parse_sockstat(""));
    CHECK_FALSE(parse_sockstat("sockets: used 290\n"));
    CHECK_FALSE(parse_sockstat("TCP:\n"));
    CHECK_FALSE(parse_sockstat("TCP: inuse\n"));
    CHECK_FALSE(parse_sockstat("TCP: inuse -4 orphan 1\n"));
}
