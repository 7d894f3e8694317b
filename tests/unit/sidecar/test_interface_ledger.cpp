#include <catch2/catch.hpp>

#include "collect/network/interface_ledger.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart{100h};

InterfaceReading reading(const std::string& name, std::uint64_t bytes, std::uint64_t packets,
                         std::optional<std::uint64_t> index = 5) {
    InterfaceReading out;
    out.counters.interface = name;
    out.counters.counters = {bytes, packets, 0, 0, bytes, packets, 0, 0};
    out.index = index;
    return out;
}

// What is shown of the bytes received after each of the readings, five seconds apart.
std::vector<double> shown(const std::vector<InterfaceReading>& readings) {
    InterfaceLedger ledger;
    std::vector<double> out;
    SteadyTime now = kStart;
    for (const auto& one : readings) {
        out.push_back(ledger.add({one}, now += 5s).at(0)[Counter::BytesReceived]);
    }
    return out;
}

} // namespace

TEST_CASE("a_counter_starts_at_what_the_kernel_says", "[network]") {
    CHECK(shown({reading("eth0", 1000, 10), reading("eth0", 1500, 12)}) ==
          std::vector<double>{1000, 1500});
}

TEST_CASE("a_counter_goes_on_when_its_interface_is_made_anew", "[network]") {
    // Another device, even if it has counted more than the one before meanwhile.
    CHECK(shown({reading("tun0", 1000, 10, 5), reading("tun0", 5000, 20, 6),
                 reading("tun0", 5100, 21, 6)}) == std::vector<double>{1000, 6000, 6100});
}

TEST_CASE("a_counter_goes_on_when_a_driver_starts_it_anew", "[network]") {
    CHECK(shown({reading("eth0", 1'000'000, 1000), reading("eth0", 300, 3),
                 reading("eth0", 800, 8)}) == std::vector<double>{1'000'000, 1'000'300, 1'000'800});
    CHECK(shown({reading("eth0", 1'000'000, 1000, std::nullopt),
                 reading("eth0", 0, 0, std::nullopt)}) ==
          std::vector<double>{1'000'000, 1'000'000});
}

TEST_CASE("a_counter_of_32_bits_that_wraps_loses_nothing", "[network]") {
    CHECK(shown({reading("eth0", 4294967000, 5'000'000), reading("eth0", 704, 5'000'900)}) ==
          std::vector<double>{4294967000, 4294968000});
}

TEST_CASE("a_counter_that_steps_back_a_little_waits_and_counts_nothing_twice", "[network]") {
    CHECK(shown({reading("eth0", 1'000'000, 1000), reading("eth0", 999'000, 1001),
                 reading("eth0", 1'001'000, 1002)}) ==
          std::vector<double>{1'000'000, 1'000'000, 1'001'000});
}

TEST_CASE("a_counter_never_goes_down_whatever_the_kernel_says", "[network]") {
    InterfaceLedger ledger;
    std::uint64_t random = 88172645463325252ULL;
    const auto next = [&] {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return random;
    };
    std::array<double, kCounters> last{};
    SteadyTime now = kStart;
    for (int i = 0; i < 20'000; ++i) {
        InterfaceReading one = reading("eth0", 0, 0, 1 + next() % 3);
        for (auto& counter : one.counters.counters) {
            counter = next() >> next() % 64;
        }
        const auto totals = ledger.add({one}, now += 1s);
        for (std::size_t counter = 0; counter < kCounters; ++counter) {
            REQUIRE(totals[0].totals[counter] >= last[counter]);
            REQUIRE((!totals[0].per_second || (*totals[0].per_second)[counter] >= 0));
        }
        last = totals[0].totals;
    }
}

TEST_CASE("rates_are_over_the_last_cycle_and_unknown_at_first", "[network]") {
    InterfaceLedger ledger;
    CHECK_FALSE(ledger.add({reading("eth0", 1000, 10)}, kStart)[0].per_second);
    CHECK(ledger.add({reading("eth0", 2000, 20)}, kStart + 5s)[0].rate(Counter::BytesReceived) ==
          200.0);
    CHECK(ledger.add({reading("eth0", 500, 5, 9)}, kStart + 10s)[0].rate(Counter::BytesSent) ==
          100.0);
}

TEST_CASE("an_interface_that_was_away_comes_back_where_it_was_without_a_rate", "[network]") {
    InterfaceLedger ledger;
    (void)ledger.add({reading("wg0", 1000, 10, 7)}, kStart);
    CHECK(ledger.add({}, kStart + 5s).empty());
    const auto back = ledger.add({reading("wg0", 50, 1, 8)}, kStart + 10s);
    CHECK(back[0][Counter::BytesReceived] == 1050);
    CHECK_FALSE(back[0].per_second);
    CHECK(ledger.restarts() == 1);
}

TEST_CASE("interfaces_that_swap_their_names_do_not_go_down", "[network]") {
    InterfaceLedger ledger;
    (void)ledger.add({reading("eth0", 9000, 90, 2), reading("eth1", 10, 1, 3)}, kStart);
    const auto after =
        ledger.add({reading("eth0", 10, 1, 3), reading("eth1", 9000, 90, 2)}, kStart + 5s);
    CHECK(after[0][Counter::BytesReceived] == 9010);
    CHECK(after[1][Counter::BytesReceived] == 9010);
}

TEST_CASE("interfaces_that_come_and_go_without_end_take_no_more_memory", "[network]") {
    InterfaceLedger ledger;
    SteadyTime now = kStart;
    for (int i = 0; i < 5000; ++i) {
        (void)ledger.add({reading("tun" + std::to_string(i), 1, 1)}, now += 1s);
        REQUIRE(ledger.size() <= InterfaceLedger::kMaxRemembered);
    }
    (void)ledger.add({}, now + 61min);
    CHECK(ledger.size() == 0);
}

TEST_CASE("a_look_that_comes_late_and_a_name_that_comes_twice_change_nothing", "[network]") {
    InterfaceLedger ledger;
    (void)ledger.add({reading("eth0", 1000, 10)}, kStart);
    CHECK(ledger.add({reading("eth0", 10, 1)}, kStart).empty());
    CHECK(ledger.add({reading("eth0", 10, 1)}, kStart - 5s).empty());
    const auto twice = ledger.add({reading("eth0", 1100, 11), reading("eth0", 1, 1)}, kStart + 5s);
    REQUIRE(twice.size() == 1);
    CHECK(twice[0][Counter::BytesReceived] == 1100);
    CHECK(ledger.restarts() == 0);
}
