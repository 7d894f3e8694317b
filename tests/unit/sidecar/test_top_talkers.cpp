#include <catch2/catch.hpp>

#include <set>

#include <arpa/inet.h>

#include "collect/network/top_talkers.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

Address ipv4(std::uint32_t number) {
    const std::uint32_t wire = htonl(number);
    return address_from_ipv4(reinterpret_cast<const std::uint8_t*>(&wire));
}

Address ipv4(const char* text) {
    in_addr out{};
    REQUIRE(::inet_pton(AF_INET, text, &out) == 1);
    return ipv4(ntohl(out.s_addr));
}

SocketFacts connection(std::uint64_t cookie, const Address& remote, std::uint64_t received,
                       std::uint64_t sent = 0, TcpState state = TcpState::Established) {
    SocketFacts out;
    out.state = state;
    out.remote = remote;
    out.remote_port = 40000;
    out.local_port = 443;
    out.cookie = cookie;
    out.received_bytes = received;
    out.sent_bytes = sent;
    return out;
}

SocketFacts listener(std::uint16_t port) {
    SocketFacts out;
    out.state = TcpState::Listen;
    out.local_port = port;
    return out;
}

TalkerView list(TopTalkers& talkers, const std::vector<SocketFacts>& sockets, SteadyTime now) {
    talkers.begin();
    for (const SocketFacts& socket : sockets) {
        talkers.add(socket);
    }
    return talkers.end(now);
}

const Talker* find(const TalkerView& view, const std::string& prefix) {
    for (const Talker& talker : view.shown) {
        if (talker.prefix.to_string() == prefix) {
            return &talker;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("connections_and_bytes_are_counted_by_prefix", "[talkers]") {
    TopTalkers talkers({});
    const auto a = ipv4("198.18.0.1"); // private: a benchmark range
    list(talkers, {connection(1, a, 100), connection(2, ipv4("198.18.0.9"), 50)}, SteadyTime(0s));
    const auto view = list(talkers,
                           {connection(1, a, 1100, 10), connection(2, ipv4("198.18.0.9"), 50),
                            connection(3, ipv4("9.9.9.9"), 7, 3)},
                           SteadyTime(10s));
    REQUIRE(view.shown.size() == 2);
    CHECK(view.shown[0].prefix.to_string() == "198.18.0.0/24");
    CHECK_FALSE(view.shown[0].is_public);
    CHECK(view.shown[0].traffic.connections == 2);
    CHECK(view.shown[0].traffic.received_bytes == 1000);
    CHECK(view.shown[0].traffic.sent_bytes == 10);
    CHECK(view.shown[0].traffic.received_bytes_per_second == Approx(100));
    CHECK(view.shown[0].local_ports == std::vector<std::uint16_t>{443});
    CHECK(view.shown[1].is_public);
    CHECK(view.shown[1].traffic.received_bytes == 7);
}

TEST_CASE("a_prefixs_bytes_do_not_go_down_when_its_connections_close", "[talkers]") {
    TopTalkers talkers({});
    const auto a = ipv4("9.9.9.9");
    list(talkers, {connection(1, a, 0)}, SteadyTime(0s));
    list(talkers, {connection(1, a, 500), connection(2, a, 20)}, SteadyTime(5s));
    const auto closed = list(talkers, {connection(2, a, 30)}, SteadyTime(10s));
    CHECK(find(closed, "9.9.9.0/24")->traffic.received_bytes == 530);
    const auto gone = list(talkers, {}, SteadyTime(15s));
    REQUIRE(find(gone, "9.9.9.0/24") != nullptr);
    CHECK(find(gone, "9.9.9.0/24")->traffic.received_bytes == 530);
    CHECK(find(gone, "9.9.9.0/24")->traffic.connections == 0);
}

TEST_CASE("what_was_moved_before_the_first_list_is_not_counted", "[talkers]") {
    TopTalkers talkers({});
    const auto view = list(talkers, {connection(1, ipv4("9.9.9.9"), 1'000'000)}, SteadyTime(0s));
    CHECK(view.shown[0].traffic.received_bytes == 0);
}

TEST_CASE("loopback_listeners_and_time_wait_are_no_talkers", "[talkers]") {
    TopTalkers talkers({});
    const auto view = list(talkers,
                           {connection(1, ipv4("127.0.0.1"), 5), listener(443),
                            connection(2, ipv4("9.9.9.9"), 5, 5, TcpState::TimeWait),
                            connection(3, ipv4("9.9.9.9"), 5)},
                           SteadyTime(0s));
    REQUIRE(view.shown.size() == 1);
    CHECK(view.shown[0].traffic.connections == 1);
    CHECK(view.shown[0].by_state[static_cast<std::size_t>(TcpState::TimeWait)] == 1);
    TalkerSettings with;
    with.include_loopback = true;
    TopTalkers local(with);
    CHECK(find(list(local, {connection(1, ipv4("127.0.0.1"), 5)}, SteadyTime(0s)),
               "127.0.0.0/24") != nullptr);
}

TEST_CASE("all_bytes_are_under_a_name_or_under_other_and_other_never_goes_down", "[talkers]") {
    TalkerSettings settings;
    settings.count = 2;
    TopTalkers talkers(settings);
    std::uint64_t moved = 0;
    std::uint64_t other_before = 0;
    std::map<std::string, std::uint64_t> before;
    std::vector<std::uint64_t> received(5);
    std::uint64_t counted = 0;
    for (int round = 0; round < 200; ++round) {
        std::vector<SocketFacts> sockets;
        for (std::uint32_t i = 0; i < 5; ++i) {
            // Who is busiest changes all the time.
            const std::uint64_t step = (round / 20) % 5 == static_cast<int>(i) ? 1000 : 10;
            received[i] += step;
            moved += round == 0 ? 0 : step;
            sockets.push_back(connection(i, ipv4(0x09090000 + (i << 8)), received[i]));
        }
        const auto view = list(talkers, sockets, SteadyTime(20s * round));
        REQUIRE(view.shown.size() <= 2);
        CHECK(view.other[1].received_bytes >= other_before);
        counted += view.other[1].received_bytes - other_before;
        other_before = view.other[1].received_bytes;
        std::map<std::string, std::uint64_t> now;
        for (const Talker& talker : view.shown) {
            const std::string name = talker.prefix.to_string();
            now[name] = talker.traffic.received_bytes;
            const auto known = before.find(name);
            CHECK((known == before.end() || now[name] >= known->second));
            counted += now[name] - (known == before.end() ? 0 : known->second);
        }
        before = std::move(now);
    }
    CHECK(counted == moved);
}

TEST_CASE("a_million_prefixes_in_an_hour_make_neither_series_nor_memory", "[talkers]") {
    TopTalkers talkers({});
    std::set<std::string> names;
    double connections = 0;
    for (std::uint32_t round = 0; round < 40; ++round) {
        std::vector<SocketFacts> sockets;
        for (std::uint32_t i = 0; i < 25'000; ++i) {
            const std::uint32_t number = round * 25'000 + i;
            sockets.push_back(connection(number, ipv4(0x20000000 + (number << 8)), 1));
        }
        const auto view = list(talkers, sockets, SteadyTime(90s * round));
        connections = view.other[1].connections;
        for (const Talker& talker : view.shown) {
            names.insert(talker.prefix.to_string());
            connections += talker.traffic.connections;
        }
        CHECK(connections == 25'000);
    }
    CHECK(names.size() <= 60);
}

TEST_CASE("sockets_beyond_what_can_be_followed_are_counted_as_such", "[talkers]") {
    TalkerLimits limits;
    limits.sockets = 2;
    TopTalkers talkers({}, limits);
    const auto a = ipv4("9.9.9.9");
    const auto view = list(talkers, {connection(1, a, 1), connection(2, a, 1), connection(3, a, 1)},
                           SteadyTime(0s));
    CHECK(view.untracked_total == 1);
    CHECK(view.shown[0].traffic.connections == 3);
}

TEST_CASE("the_top_incoming_prefix_is_public_and_talks_to_a_listening_port", "[talkers]") {
    TopTalkers talkers({});
    std::vector<SocketFacts> sockets = {listener(443)};
    for (std::uint64_t i = 0; i < 6; ++i) {
        sockets.push_back(connection(i, ipv4("10.0.0.1"), 0)); // private
        SocketFacts outgoing = connection(100 + i, ipv4("8.8.8.8"), 0);
        outgoing.local_port = 50'000;
        sockets.push_back(outgoing);
    }
    for (std::uint64_t i = 0; i < 3; ++i) {
        sockets.push_back(connection(200 + i, ipv4("9.9.9.9"), 0));
    }
    sockets.push_back(connection(300, ipv4("7.7.7.7"), 0));
    CHECK(list(talkers, sockets, SteadyTime(0s)).top_incoming_prefix.empty());
    const auto view = list(talkers, sockets, SteadyTime(5s));
    CHECK(view.top_incoming_prefix == "9.9.9.0/24");
    CHECK(view.top_incoming_connections == 3);
    CHECK(view.top_incoming_share == Approx(0.75));
}

TEST_CASE("many_outgoing_connections_do_not_hide_the_incoming_ones_of_a_prefix", "[talkers]") {
    TopTalkers talkers({});
    std::vector<SocketFacts> sockets = {listener(443)};
    for (std::uint64_t i = 0; i < 100; ++i) {
        SocketFacts outgoing = connection(100 + i, ipv4("9.9.9.9"), 0);
        outgoing.local_port = static_cast<std::uint16_t>(50'000 + i);
        sockets.push_back(outgoing);
    }
    for (std::uint64_t i = 0; i < 70; ++i) {
        sockets.push_back(connection(300 + i, ipv4("9.9.9.9"), 0));
    }
    list(talkers, sockets, SteadyTime(0s));
    CHECK(list(talkers, sockets, SteadyTime(5s)).top_incoming_connections == 70);
}

TEST_CASE("the_share_of_the_top_prefix_counts_those_beyond_the_limit", "[talkers]") {
    TalkerLimits limits;
    limits.prefixes = 2;
    TopTalkers talkers({}, limits);
    std::vector<SocketFacts> sockets = {listener(443)};
    for (std::uint32_t i = 0; i < 10; ++i) {
        sockets.push_back(connection(i, ipv4(0x09090000 + (i << 8)), 0));
    }
    list(talkers, sockets, SteadyTime(0s));
    CHECK(list(talkers, sockets, SteadyTime(5s)).top_incoming_share == Approx(0.1));
}

TEST_CASE("a_socket_that_one_list_skipped_is_not_counted_anew", "[talkers]") {
    TopTalkers talkers({});
    const auto a = ipv4("9.9.9.9");
    list(talkers, {connection(1, a, 1'000'000)}, SteadyTime(0s));
    list(talkers, {}, SteadyTime(5s));
    const auto view = list(talkers, {connection(1, a, 1'000'010)}, SteadyTime(10s));
    CHECK(find(view, "9.9.9.0/24")->traffic.received_bytes == 10);
}

TEST_CASE("a_list_that_breaks_off_loses_no_bytes_and_makes_none_up", "[talkers]") {
    TopTalkers talkers({});
    const auto a = ipv4("9.9.9.9");
    talkers.begin(); // the very first one breaks off
    talkers.add(connection(1, a, 9'000'000));
    list(talkers, {connection(1, a, 9'000'000), connection(2, a, 5'000'000)}, SteadyTime(5s));
    talkers.begin();
    talkers.add(connection(1, a, 9'004'000)); // and one later
    const auto view =
        list(talkers, {connection(1, a, 9'005'000), connection(2, a, 5'000'000)}, SteadyTime(15s));
    CHECK(find(view, "9.9.9.0/24")->traffic.received_bytes == 5000);
}

TEST_CASE("a_socket_that_finds_room_late_does_not_count_its_past", "[talkers]") {
    TalkerLimits limits;
    limits.sockets = 1;
    TopTalkers talkers({}, limits);
    const auto a = ipv4("9.9.9.9");
    list(talkers, {connection(1, a, 0), connection(2, a, 7'000'000)}, SteadyTime(0s));
    for (int i = 1; i < 5; ++i) {
        list(talkers, {connection(2, a, 7'000'000)}, SteadyTime(5s * i));
    }
    const auto view = list(talkers, {connection(2, a, 7'000'002)}, SteadyTime(30s));
    CHECK(find(view, "9.9.9.0/24")->traffic.received_bytes <= 2);
}

TEST_CASE("forged_senders_of_syns_take_no_names_and_hide_nobody", "[talkers]") {
    TopTalkers talkers({});
    std::set<std::string> names;
    TalkerView view;
    for (std::uint32_t round = 0; round < 200; ++round) {
        std::vector<SocketFacts> sockets;
        for (std::uint32_t i = 0; i < 130; ++i) {
            sockets.push_back(connection(round * 1000 + i,
                                         ipv4(0x28000000 + round * 70'000 + i * 300), 0, 0,
                                         TcpState::SynReceived));
        }
        if (round > 150) {
            for (std::uint32_t i = 0; i < 300; ++i) {
                sockets.push_back(connection(1'000'000 + i, ipv4("20.0.5.1"), 1));
            }
        }
        view = list(talkers, sockets, SteadyTime(5s * round));
    }
    REQUIRE(view.shown.size() == 1);
    CHECK(view.shown[0].prefix.to_string() == "20.0.5.0/24");
    CHECK(view.shown[0].traffic.connections == 300);
    CHECK(view.suppressed_total == 0);
}

TEST_CASE("the_busiest_are_known_when_no_more_names_may_be_shown", "[talkers]") {
    TalkerLimits limits;
    limits.shown.new_names_per_hour = 1;
    TopTalkers talkers({}, limits);
    list(talkers, {connection(1, ipv4("9.9.9.9"), 1)}, SteadyTime(0s));
    const auto view =
        list(talkers, {connection(2, ipv4("8.8.8.8"), 0), connection(3, ipv4("8.8.8.8"), 0)},
             SteadyTime(100s));
    CHECK(find(view, "8.8.8.0/24") == nullptr);
    REQUIRE(view.busiest.size() == 1);
    CHECK(view.busiest[0].prefix.to_string() == "8.8.8.0/24");
    CHECK(view.busiest[0].traffic.connections == 2);
    CHECK_FALSE(view.busiest[0].shown_since);
}
