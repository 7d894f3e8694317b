#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "collect/network/sockets.hpp"
#include "metrics/exposition.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

SocketFacts socket_in(TcpState state, std::uint16_t port, std::uint32_t waiting = 0,
                      std::uint32_t limit = 0) {
    SocketFacts out;
    out.state = state;
    out.local_port = port;
    out.receive_queue = waiting;
    out.send_queue = limit;
    if (state != TcpState::Listen) {
        const std::uint8_t peer[] = {9, 9, 9, 9};
        out.remote = address_from_ipv4(peer);
        out.cookie = port;
    }
    return out;
}

// A source whose kernel has these sockets.
struct Fixture {
    std::vector<SocketFacts> sockets;
    std::optional<Error> error;
    std::shared_ptr<Signals> signals = std::make_shared<Signals>();
    std::shared_ptr<Documents> documents = std::make_shared<Documents>();
    SocketsSource source{{},
                         4000ms,
                         signals,
                         documents,
                         [this](const DumpLimits&, const auto& visit) -> Result<std::size_t> {
                             if (error) {
                                 return *error;
                             }
                             for (const SocketFacts& socket : sockets) {
                                 visit(socket);
                             }
                             return sockets.size();
                         }};

    CollectorReport collect() {
        const StopSignal stop;
        return source.collect({1'700'000'000'000, SteadyTime(10s)}, stop).front();
    }
};

std::string text_of(const CollectorReport& report) {
    const std::vector<metrics::RenderingPtr> page = {metrics::render(report.samples.samples())};
    return metrics::join_text(page);
}

bool shows(const CollectorReport& report, const std::string& line) {
    return text_of(report).find("\n" + line + "\n") != std::string::npos;
}

} // namespace

TEST_CASE("sockets_are_counted_by_state_and_a_state_without_any_is_zero", "[sockets]") {
    Fixture fixture;
    fixture.sockets = {socket_in(TcpState::Established, 1), socket_in(TcpState::Established, 2),
                       socket_in(TcpState::TimeWait, 3)};
    const auto report = fixture.collect();
    CHECK(report.success);
    CHECK(shows(report, "network_tcp_connections{state=\"established\"} 2"));
    CHECK(shows(report, "network_tcp_connections{state=\"time_wait\"} 1"));
    CHECK(shows(report, "network_tcp_connections{state=\"syn_recv\"} 0"));
}

TEST_CASE("the_fullest_queue_of_a_port_is_shown_with_its_limit", "[sockets]") {
    Fixture fixture;
    fixture.sockets = {socket_in(TcpState::Listen, 443, 3, 128),
                       socket_in(TcpState::Listen, 443, 100, 511),
                       socket_in(TcpState::Listen, 22, 0, 128)};
    const auto report = fixture.collect();
    CHECK(shows(report, "network_tcp_listen_queue{port=\"443\"} 100"));
    CHECK(shows(report, "network_tcp_listen_queue_limit{port=\"443\"} 511"));
    CHECK(shows(report, "network_tcp_listen_queue{port=\"22\"} 0"));
}

TEST_CASE("twenty_ports_are_shown_however_many_listen", "[sockets]") {
    Fixture fixture;
    for (std::uint16_t port = 1; port <= 5000; ++port) {
        fixture.sockets.push_back(socket_in(TcpState::Listen, port, port == 77 ? 9 : 0, 128));
    }
    const std::string text = text_of(fixture.collect());
    std::size_t count = 0;
    for (auto at = text.find("\nnetwork_tcp_listen_queue{"); at != std::string::npos;
         at = text.find("\nnetwork_tcp_listen_queue{", at + 1)) {
        ++count;
    }
    CHECK(count == 20);
    CHECK(text.find("network_tcp_listen_queue{port=\"77\"} 9") != std::string::npos);
}

TEST_CASE("attack_suspicion_is_told_of_half_open_sockets_and_the_top_prefix", "[sockets]") {
    Fixture fixture;
    fixture.sockets = {socket_in(TcpState::SynReceived, 443), socket_in(TcpState::Listen, 443),
                       socket_in(TcpState::Established, 443)};
    fixture.collect(); // who listens is known from the list before
    fixture.collect();
    CHECK(fixture.signals->newest(Signal::SynBacklog)->value == 1);
    CHECK(fixture.signals->newest(Signal::TopPrefixConnections)->value == 1);
    CHECK(fixture.signals->newest(Signal::TopPrefixShare)->detail == "9.9.9.0/24");
}

TEST_CASE("a_kernel_that_does_not_answer_fails_the_collector_with_its_reason", "[sockets]") {
    Fixture fixture;
    fixture.error = Error{"no list"};
    const auto report = fixture.collect();
    CHECK_FALSE(report.success);
    CHECK(report.error == "no list");
    CHECK(report.samples.samples().empty());
}

TEST_CASE("the_document_says_what_the_metrics_say", "[sockets]") {
    Fixture fixture;
    const auto parse = [&] {
        return nlohmann::json::parse(*fixture.documents->write(kTopTalkersPath));
    };
    CHECK(parse()["status"] == "success"); // before the first look as well
    fixture.sockets = {socket_in(TcpState::Established, 443)};
    fixture.collect();
    const auto data = parse()["data"];
    REQUIRE(data["topTalkers"].size() == 1);
    const auto talker = data["topTalkers"][0];
    CHECK(talker["prefix"] == "9.9.9.0/24");
    CHECK(talker["type"] == "public");
    CHECK(talker["connections"] == 1);
    CHECK(talker["states"]["established"] == 1);
    CHECK(talker["localPorts"][0] == 443);
    CHECK(data["other"]["public"]["connections"] == 0);
    CHECK(data["connections"] == 1);
    CHECK(data["at"] == 1'700'000'000);
}
