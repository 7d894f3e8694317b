#include "collect/network/inet_diag_dump.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024; // the kernel fills up to half of it at a time
constexpr std::uint32_t kAllStates = 0xFFF;

using NetlinkSocket = std::unique_ptr<mnl_socket, decltype(&mnl_socket_close)>;

Error describe(const char* what) {
    return Error{std::string("the kernel's list of sockets: ") + what + ": " + std::strerror(errno),
                 true};
}

Result<NetlinkSocket> open_netlink(std::chrono::milliseconds patience) {
    NetlinkSocket netlink(mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC), mnl_socket_close);
    if (!netlink || mnl_socket_bind(netlink.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
        return describe("cannot open netlink");
    }
    const auto micros = std::chrono::microseconds(patience).count();
    const timeval timeout{micros / 1'000'000, micros % 1'000'000};
    ::setsockopt(mnl_socket_get_fd(netlink.get()), SOL_SOCKET, SO_RCVTIMEO, &timeout,
                 sizeof timeout);
    return netlink;
}

// The request of old, in which the family is a filter that nobody sets: the kernel walks its table
// of connections, a million buckets on a large machine, once for both families and not once for
// each.
bool request(mnl_socket* netlink) {
    alignas(nlmsghdr) char buffer[256] = {};
    nlmsghdr* message = mnl_nlmsg_put_header(buffer);
    message->nlmsg_type = TCPDIAG_GETSOCK;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* wanted =
        static_cast<inet_diag_req*>(mnl_nlmsg_put_extra_header(message, sizeof(inet_diag_req)));
    wanted->idiag_family = AF_UNSPEC;
    wanted->idiag_ext = 1U << (INET_DIAG_INFO - 1);
    wanted->idiag_states = kAllStates;
    return mnl_socket_sendto(netlink, message, message->nlmsg_len) >= 0;
}

} // namespace

Result<std::size_t> dump_tcp_sockets(const DumpLimits& limits,
                                     const std::function<void(const SocketFacts&)>& visit) {
    const auto netlink = open_netlink(limits.time);
    if (!netlink) {
        return netlink.error();
    }
    const SteadyTime deadline = steady_now() + limits.time;
    std::vector<std::uint8_t> buffer(kBufferBytes);
    std::size_t count = 0;
    const auto counted = [&](const SocketFacts& socket) {
        if (count < limits.sockets) {
            ++count;
            visit(socket);
        }
    };
    if (!request(netlink->get())) {
        return describe("cannot ask");
    }
    DumpProgress progress = DumpProgress::MoreToCome;
    while (progress == DumpProgress::MoreToCome && count < limits.sockets) {
        const ssize_t size = mnl_socket_recvfrom(netlink->get(), buffer.data(), buffer.size());
        if (size < 0) {
            return describe("no answer");
        }
        const auto parsed =
            parse_inet_diag({buffer.data(), static_cast<std::size_t>(size)}, counted);
        if (!parsed) {
            return parsed.error();
        }
        progress = *parsed;
        if (steady_now() > deadline) {
            return Error{"the kernel's list of sockets did not end in time", true};
        }
    }
    return count;
}

} // namespace opsmon::collect
