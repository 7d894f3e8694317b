#include "collect/network/inet_diag.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h> // the C library's tcp_info ends before the bytes
#include <sys/socket.h>

namespace opsmon::collect {
namespace {

constexpr int kLargestErrno = 4095; // of the kernel

constexpr std::array<std::string_view, kTcpStates> kStateNames = {
    "",          "established", "syn_sent",   "syn_recv", "fin_wait1", "fin_wait2",
    "time_wait", "close",       "close_wait", "last_ack", "listen",    "closing"};

// An older kernel's tcp_info ends earlier: then a field is unknown, not 0.
template <typename Field>
std::optional<std::uint64_t> field_of_info(const nlattr* attribute, std::size_t offset) {
    if (mnl_attr_get_payload_len(attribute) < offset + sizeof(Field)) {
        return std::nullopt;
    }
    Field value{};
    std::memcpy(&value, static_cast<const char*>(mnl_attr_get_payload(attribute)) + offset,
                sizeof value);
    return value;
}

Address address_of(std::uint8_t family, const __be32 (&words)[4]) {
    Address out;
    std::memcpy(out.bytes.data(), words, out.bytes.size());
    return family == AF_INET ? address_from_ipv4(out.bytes.data()) : out;
}

Result<SocketFacts> read_socket(const nlmsghdr* message) {
    if (mnl_nlmsg_get_payload_len(message) < sizeof(inet_diag_msg)) {
        return Error{"the kernel's list of sockets: a message is cut short", true};
    }
    inet_diag_msg diag{};
    std::memcpy(&diag, mnl_nlmsg_get_payload(message), sizeof diag);
    const bool known_family = diag.idiag_family == AF_INET || diag.idiag_family == AF_INET6;
    if (!known_family || diag.idiag_state == 0 || diag.idiag_state >= kTcpStates) {
        return Error{"the kernel's list of sockets: an unknown family or state", true};
    }
    SocketFacts out;
    out.state = static_cast<TcpState>(diag.idiag_state);
    out.local = address_of(diag.idiag_family, diag.id.idiag_src);
    out.remote = address_of(diag.idiag_family, diag.id.idiag_dst);
    out.local_port = ntohs(diag.id.idiag_sport);
    out.remote_port = ntohs(diag.id.idiag_dport);
    out.receive_queue = diag.idiag_rqueue;
    out.send_queue = diag.idiag_wqueue;
    out.cookie = diag.id.idiag_cookie[0] | static_cast<std::uint64_t>(diag.id.idiag_cookie[1])
                                               << 32;
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
    const auto* attribute =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(inet_diag_msg)));
    while (
        mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)))) {
        if (mnl_attr_get_type(attribute) == INET_DIAG_INFO) {
            out.sent_bytes = field_of_info<decltype(tcp_info::tcpi_bytes_acked)>( //
                attribute, offsetof(tcp_info, tcpi_bytes_acked));
            out.received_bytes = field_of_info<decltype(tcp_info::tcpi_bytes_received)>( //
                attribute, offsetof(tcp_info, tcpi_bytes_received));
        }
        attribute = mnl_attr_next(attribute);
    }
    return out;
}

int number_of(const nlmsghdr* message) {
    int number = 0;
    if (mnl_nlmsg_get_payload_len(message) >= sizeof number) {
        std::memcpy(&number, mnl_nlmsg_get_payload(message), sizeof number);
    }
    return number;
}

// libmnl compares lengths with a sign: to it, one above 2 GiB fits anywhere.
bool holds_together(const nlmsghdr* message, int left) {
    return left >= static_cast<int>(sizeof(nlmsghdr)) &&
           message->nlmsg_len <= static_cast<std::uint32_t>(left) && mnl_nlmsg_ok(message, left);
}

Error error_of(const nlmsghdr* message) {
    const int number = number_of(message);
    return Error{
        std::string("the kernel refuses the list of sockets: ") +
            (number < 0 && number >= -kLargestErrno ? std::strerror(-number) : "no reason given") +
            " (module tcp_diag missing?)",
        true};
}

} // namespace

std::string_view to_string(TcpState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

Result<DumpProgress> parse_inet_diag(std::span<const std::uint8_t> datagram,
                                     const std::function<void(const SocketFacts&)>& visit) {
    // The buffer is only read as messages where their length has been checked.
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
    int left = static_cast<int>(datagram.size());
    while (holds_together(message, left)) {
        if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
            return Error{"the kernel's list of sockets changed while it was read", true};
        }
        switch (message->nlmsg_type) {
        case NLMSG_DONE:
            // So the kernel says that it lacks tcp_diag: an empty list that ends with an error.
            if (number_of(message) < 0) {
                return error_of(message);
            }
            return DumpProgress::Complete;
        case NLMSG_ERROR:
            return error_of(message);
        case SOCK_DIAG_BY_FAMILY: // the two requests there are each answer in their own name
        case TCPDIAG_GETSOCK:
            if (const auto socket = read_socket(message)) {
                visit(*socket);
            } else {
                return socket.error();
            }
            break;
        default:
            break; // NLMSG_NOOP, and what a later kernel may add
        }
        message = mnl_nlmsg_next(message, &left);
    }
    if (left > 0) {
        return Error{"the kernel's list of sockets: a message is longer than what came", true};
    }
    return DumpProgress::MoreToCome;
}

} // namespace opsmon::collect
