#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include <linux/netlink.h>

#include "collect/network/inet_diag.hpp"
#include "collect/network/prefix.hpp"
#include "collect/network/inet_diag_dump.hpp"
#include "support/http_peer.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

using Datagram = std::vector<std::uint8_t>;

// What a kernel said of 18 sockets: listening ones, pairs over 127.0.1.x and ::1, one over a
// dual-stack listener, half-closed ones.
Datagram captured(const std::string& name) {
    std::ifstream file(std::string(OPSMON_FIXTURES "/netlink/") + name, std::ios::binary);
    Datagram out((std::istreambuf_iterator<char>(file)), {});
    REQUIRE(!out.empty());
    return out;
}

std::vector<SocketFacts> sockets_of(const Datagram& datagram) {
    std::vector<SocketFacts> out;
    const auto parsed =
        parse_inet_diag(datagram, [&](const SocketFacts& socket) { out.push_back(socket); });
    REQUIRE(parsed.ok());
    return out;
}

std::string error_of(const Datagram& datagram) {
    const auto parsed = parse_inet_diag(datagram, [](const SocketFacts&) {});
    return parsed ? "" : parsed.error().message;
}

std::string text_of(const Address& address) {
    return prefix_of(address, {32, 128}).to_string();
}

template <typename Value>
void overwrite(Datagram& datagram, std::size_t at, Value value) {
    std::memcpy(datagram.data() + at, &value, sizeof value);
}

Datagram message_of_type(std::uint16_t type, std::int32_t payload, std::uint16_t flags = 0) {
    Datagram out(NLMSG_HDRLEN + sizeof payload);
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(out.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    overwrite(out, 0, header);
    overwrite(out, NLMSG_HDRLEN, payload);
    return out;
}

} // namespace

TEST_CASE("a_captured_list_of_sockets_is_understood", "[sockets]") {
    const auto sockets = sockets_of(captured("ipv4_0.bin"));
    REQUIRE(sockets.size() == 10);
    CHECK(sockets[2].state == TcpState::Listen);
    CHECK(sockets[2].local_port == 54235);
    CHECK(sockets[2].receive_queue == 1);
    CHECK(sockets[2].send_queue == 7);
    CHECK(sockets[6].state == TcpState::Established);
    CHECK(text_of(sockets[6].local) == "127.0.0.1/32");
    CHECK(text_of(sockets[6].remote) == "127.0.1.3/32");
    CHECK(sockets[6].remote_port == 42977);
    CHECK(sockets[6].sent_bytes == 10U);
    CHECK(sockets[6].received_bytes == 3000U);
    CHECK(sockets[6].cookie != sockets[7].cookie);
    CHECK(sockets[4].state == TcpState::FinWait2);
    CHECK_FALSE(sockets[4].sent_bytes.has_value());
}

TEST_CASE("an_ipv4_peer_of_a_dual_stack_socket_is_an_ipv4_address", "[sockets]") {
    const auto sockets = sockets_of(captured("ipv6_0.bin"));
    REQUIRE(sockets.size() == 4);
    CHECK(text_of(sockets[1].remote) == "127.0.0.1/32");
    CHECK(text_of(sockets[2].remote) == "::1/128");
}

TEST_CASE("the_end_of_a_list_is_recognised", "[sockets]") {
    const auto end = parse_inet_diag(captured("ipv4_2.bin"), [](const SocketFacts&) {});
    REQUIRE(end.ok());
    CHECK(*end == DumpProgress::Complete);
    const auto more = parse_inet_diag(captured("ipv4_1.bin"), [](const SocketFacts&) {});
    REQUIRE(more.ok());
    CHECK(*more == DumpProgress::MoreToCome);
}

TEST_CASE("a_list_that_is_cut_anywhere_is_an_error_or_shorter_and_never_read_past_its_end",
          "[sockets]") {
    const Datagram whole = captured("ipv6_0.bin");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // A buffer of its own, so that a sanitizer sees a byte too far.
        const Datagram cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        std::size_t seen = 0;
        const auto parsed = parse_inet_diag(cut, [&](const SocketFacts&) { ++seen; });
        CHECK(seen < 4);
        if (parsed) {
            CHECK(size % 4 == 0);
        }
    }
}

TEST_CASE("absurd_lengths_states_and_families_are_errors", "[sockets]") {
    const Datagram whole = captured("ipv6_0.bin");
    Datagram longer = whole;
    overwrite(longer, 0, std::uint32_t{0xffffffff});
    CHECK(error_of(longer).find("longer than what came") != std::string::npos);
    Datagram none = whole;
    overwrite(none, 0, std::uint32_t{0});
    CHECK(error_of(none).find("longer than what came") != std::string::npos);
    Datagram family = whole;
    overwrite(family, NLMSG_HDRLEN, std::uint8_t{99});
    CHECK(error_of(family).find("unknown family or state") != std::string::npos);
    for (const std::uint8_t state : {0, 12, 255}) {
        Datagram broken = whole;
        overwrite(broken, NLMSG_HDRLEN + 1, state);
        CHECK(error_of(broken).find("unknown family or state") != std::string::npos);
    }
}

TEST_CASE("an_attribute_with_an_absurd_length_is_unknown_bytes_and_not_a_read_too_far",
          "[sockets]") {
    constexpr std::size_t kFirstAttribute = NLMSG_HDRLEN + 72;
    for (const std::uint16_t length : {0, 3, 4, 100, 0xffff}) {
        Datagram broken = captured("ipv6_0.bin");
        overwrite(broken, kFirstAttribute, length);
        const auto sockets = sockets_of(broken);
        CHECK(sockets.size() == 4);
    }
}

TEST_CASE("what_the_kernel_refuses_or_breaks_off_is_said", "[sockets]") {
    CHECK(error_of(message_of_type(NLMSG_ERROR, -ENOENT)).find("No such file") !=
          std::string::npos);
    CHECK(error_of(message_of_type(NLMSG_DONE, 0, NLM_F_DUMP_INTR)).find("changed while") !=
          std::string::npos);
    // So a kernel without tcp_diag answers: a list without sockets that ends with an error.
    CHECK(error_of(message_of_type(NLMSG_DONE, -ENOENT)).find("No such file") != std::string::npos);
    CHECK(error_of(message_of_type(NLMSG_ERROR, INT32_MIN)).find("no reason given") !=
          std::string::npos);
    CHECK(error_of(message_of_type(NLMSG_NOOP, 0)).empty());
    CHECK(error_of({}).empty());
}

TEST_CASE("the_kernels_own_list_holds_a_connection_that_was_just_made", "[sockets]") {
    const test::SilentPeer peer; // listens
    std::map<std::uint16_t, TcpState> by_port;
    const auto count = dump_tcp_sockets(
        {}, [&](const SocketFacts& socket) { by_port.emplace(socket.local_port, socket.state); });
    INFO((count ? "" : count.error().message));
    REQUIRE(count.ok());
    CHECK(*count > 0);
    const auto port = static_cast<std::uint16_t>(peer.port());
    REQUIRE(by_port.contains(port));
    CHECK(by_port.at(port) == TcpState::Listen);
}

TEST_CASE("a_list_ends_at_its_limit", "[sockets]") {
    const test::SilentPeer one;
    const test::SilentPeer two;
    DumpLimits limits;
    limits.sockets = 1;
    std::size_t seen = 0;
    const auto count = dump_tcp_sockets(limits, [&](const SocketFacts&) { ++seen; });
    REQUIRE(count.ok());
    CHECK(*count == 1);
    CHECK(seen == 1);
}
