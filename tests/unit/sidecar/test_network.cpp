#include <catch2/catch.hpp>

#include <algorithm>

#include "base/text.hpp"
#include "collect/network/network.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

const NetworkPlaces kPlaces{OPSMON_FIXTURES "/proc", OPSMON_FIXTURES "/sys"};

Result<InterfaceAddresses> eth0_is_public() {
    return InterfaceAddresses{{"eth0", {parse_address_range("8.8.8.8")->base}}};
}

std::optional<double> value_of(const metrics::SampleList& list, std::string_view name,
                               const std::vector<std::string>& labels) {
    for (const auto& sample : list.samples()) {
        if (metrics::kCatalog[sample.metric].name == name && sample.label_values == labels) {
            return sample.value;
        }
    }
    return std::nullopt;
}

struct Machine {
    std::shared_ptr<NetworkMemory> memory = std::make_shared<NetworkMemory>();
    std::shared_ptr<Signals> signals = std::make_shared<Signals>();

    CycleTime now{1'700'000'000'000, SteadyTime{100h}};

    std::vector<CollectorReport> collect(const config::Network& settings = {},
                                         const NetworkPlaces& places = kPlaces,
                                         const Interfaces::ReadAddresses& read = eth0_is_public) {
        now.wall += 5000;
        now.steady += 5s;
        return NetworkSource(places, settings, memory, signals, nullptr, read)
            .collect(now, StopSignal());
    }
};

InterfaceView view(std::string_view type, double received, double sent,
                   std::optional<double> speed) {
    InterfaceView out;
    out.totals.interface = "if" + std::to_string(static_cast<int>(received));
    out.type = type;
    out.totals.per_second = {{received, received / 100, 0, 0, sent, sent / 100, 0, 0}};
    out.bytes_per_second = speed;
    return out;
}

} // namespace

TEST_CASE("the_network_is_four_collectors", "[network]") {
    Machine machine;
    const auto reports = machine.collect();
    REQUIRE(reports.size() == 4);
    const auto names =
        NetworkSource(kPlaces, {}, machine.memory, machine.signals, nullptr).collectors();
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(reports[i].collector == names[i]);
        CHECK(reports[i].success);
    }
}

TEST_CASE("reports_counters_without_ignored_interfaces", "[network]") {
    Machine machine;
    config::Network settings;
    settings.ignored_interfaces = {"lo", "eth0:*"};
    const auto samples = machine.collect(settings)[0].samples;
    CHECK(value_of(samples, "network_bytes_received_total", {"eth0", "public"}) == 68210035552.0);
    CHECK(value_of(samples, "network_bytes_sent_total", {"eth1", "private"}) == 150.0);
    CHECK(value_of(samples, "network_link_speed_bytes_per_second", {"eth0", "public"}) == 125e6);
    CHECK(value_of(samples, "network_interface_up", {"eth0", "public"}) == 1.0);
    CHECK_FALSE(value_of(samples, "network_interface_up", {"eth1", "private"}));
    CHECK_FALSE(value_of(samples, "network_bytes_sent_total", {"lo", "private"}));
    CHECK(value_of(samples, "network_interfaces_ignored", {}) == 2.0);
    CHECK(value_of(samples, "network_interfaces_omitted", {}) == 0.0);
}

TEST_CASE("a_reload_of_the_settings_forgets_no_counter_and_no_rate", "[network]") {
    Machine machine;
    (void)machine.collect();
    const auto samples = machine.collect()[0].samples; // another source, the same memory
    CHECK(value_of(samples, "network_receive_bytes_per_second", {"eth0", "public"}) == 0.0);
    CHECK(value_of(samples, "network_receive_utilisation_percent", {"eth0", "public"}) == 0.0);
    CHECK_FALSE(value_of(samples, "network_receive_utilisation_percent", {"eth1", "private"}));
}

TEST_CASE("unknown_addresses_fail_the_collector_rather_than_guess_the_type", "[network]") {
    Machine machine;
    const auto reports = machine.collect(
        {}, kPlaces, []() -> Result<InterfaceAddresses> { return Error{"no netlink"}; });
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error == "no netlink");
    CHECK(reports[1].success); // TCP does not ask for addresses
}

TEST_CASE("the_busiest_public_link_stands_for_the_traffic_from_outside", "[network]") {
    const auto traffic = public_traffic_of({view("private", 90, 1, 100), view("public", 20, 5, 100),
                                            view("public", 40, 6, 400), view("public", 99, 1, {})});
    CHECK(traffic.interface == "if20");
    CHECK(traffic.receive_percent == 20.0);
    CHECK(traffic.sent_per_second == 5.0);
    CHECK(traffic.packets_per_second == Approx(0.2 + 0.4 + 0.99));
    CHECK_FALSE(public_traffic_of({view("private", 90, 1, 100)}).packets_per_second);
    CHECK_FALSE(public_traffic_of({view("public", 90, 1, {})}).receive_percent);
}

TEST_CASE("what_other_collectors_measured_counts_while_it_is_fresh", "[attack]") {
    Signals signals;
    const SteadyTime now{100h};
    signals.put(Signal::TopPrefixConnections, {400, "192.0.2.0/24", now - 44s});
    signals.put(Signal::TopPrefixShare, {0.5, "", now - 46s});
    signals.put(Signal::ClientRequestRate, {NAN, "", now});
    const AttackFacts facts = gather({}, {}, signals, oldest_that_counts(std::nullopt, now));
    CHECK(facts.prefix_connections == 400.0);
    CHECK(facts.prefix == "192.0.2.0/24");
    CHECK_FALSE(facts.prefix_share);
    CHECK_FALSE(facts.request_rate);
    CHECK_FALSE(facts.half_open);
}

TEST_CASE("what_is_ordinary_survives_being_written_and_read", "[attack]") {
    const std::vector<DailyPeaks::Day> days = {{20000, 12.5, 0, 86400}, {20001, 0.1, 800.25, 5}};
    CHECK(days_from_text(days_as_text(days)) == days);
    CHECK(days_from_text("").empty());
    CHECK(days_from_text("x\n1 2 3\n1 2 3 4 5\n-1 2 3 4\n1 nan 0 0\n9999999 1 1 1\n").empty());
    CHECK(days_from_text("rubbish\n20000 1 2 3\n").size() == 1);
}
