#include "collect/network/address_dump.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/time.h>

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxAddresses = 20'000;
constexpr std::size_t kBufferBytes = 32768; // what the kernel fills at most for a dump
constexpr time_t kAnswerSeconds = 2;

// The attribute's bytes, when it has as many as an address of the family.
std::optional<Address> address_in(const nlattr* attribute, unsigned char family) {
    const std::size_t size = family == AF_INET ? 4 : 16;
    if (attribute == nullptr || (family != AF_INET && family != AF_INET6) ||
        mnl_attr_get_payload_len(attribute) != size) {
        return std::nullopt;
    }
    const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
    if (family == AF_INET) {
        return address_from_ipv4(bytes);
    }
    Address out;
    std::memcpy(out.bytes.data(), bytes, size);
    return out;
}

// IFA_ADDRESS of a point-to-point link is the other end; ours is IFA_LOCAL, where there is one.
std::optional<IndexedAddress> parse_one(const nlmsghdr* message) {
    if (message->nlmsg_type != RTM_NEWADDR ||
        mnl_nlmsg_get_payload_len(message) < sizeof(ifaddrmsg)) {
        return std::nullopt;
    }
    ifaddrmsg head{};
    std::memcpy(&head, mnl_nlmsg_get_payload(message), sizeof head);
    const nlattr* local = nullptr;
    const nlattr* any = nullptr;
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
    const auto* attribute =
        static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(ifaddrmsg)));
    while (
        mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)))) {
        const std::uint16_t type = mnl_attr_get_type(attribute);
        local = type == IFA_LOCAL ? attribute : local;
        any = type == IFA_ADDRESS ? attribute : any;
        attribute = mnl_attr_next(attribute);
    }
    const auto address = address_in(local != nullptr ? local : any, head.ifa_family);
    return address ? std::optional(IndexedAddress{head.ifa_index, *address}) : std::nullopt;
}

Error failure() {
    return Error{std::string("cannot read the addresses of the interfaces over netlink: ") +
                 std::strerror(errno)};
}

Result<std::vector<IndexedAddress>> dump() {
    const std::unique_ptr<mnl_socket, decltype(&mnl_socket_close)> socket(
        mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC), mnl_socket_close);
    const timeval patience{kAnswerSeconds, 0};
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0 ||
        ::setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &patience,
                     sizeof patience) != 0) {
        return failure();
    }
    alignas(nlmsghdr) std::array<std::uint8_t, kBufferBytes> buffer{};
    nlmsghdr* question = mnl_nlmsg_put_header(buffer.data());
    question->nlmsg_type = RTM_GETADDR;
    question->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    mnl_nlmsg_put_extra_header(question, sizeof(ifaddrmsg));
    if (mnl_socket_sendto(socket.get(), question, question->nlmsg_len) < 0) {
        return failure();
    }
    std::vector<IndexedAddress> out;
    for (bool done = false; !done;) {
        const ssize_t size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
        if (size < 0) {
            return failure();
        }
        if (!parse_address_messages(buffer.data(), static_cast<std::size_t>(size), done, out)) {
            return Error{
                "the kernel's answer about the addresses of the interfaces makes no sense"};
        }
    }
    return out;
}

} // namespace

// mnl_nlmsg_ok() takes a length beyond 2 GiB for a negative one, so it is not asked.
bool parse_address_messages(const std::uint8_t* bytes, std::size_t size, bool& done,
                            std::vector<IndexedAddress>& out) {
    bool any = false;
    while (size >= sizeof(nlmsghdr)) {
        const auto* message = reinterpret_cast<const nlmsghdr*>(bytes);
        if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > size ||
            message->nlmsg_type == NLMSG_ERROR) {
            return false;
        }
        any = true;
        if (message->nlmsg_type == NLMSG_DONE) {
            done = true;
            return true;
        }
        const auto address = parse_one(message);
        if (address && out.size() < kMaxAddresses) {
            out.push_back(*address);
        }
        const std::size_t step =
            std::min(size, static_cast<std::size_t>(NLMSG_ALIGN(message->nlmsg_len)));
        bytes += step;
        size -= step;
    }
    return any && size == 0;
}

Result<InterfaceAddresses> read_interface_addresses() {
    const auto all = dump();
    if (!all) {
        return all.error();
    }
    std::map<unsigned, std::string> names;
    InterfaceAddresses out;
    for (const IndexedAddress& one : *all) {
        const auto [known, is_new] = names.try_emplace(one.index);
        std::array<char, IF_NAMESIZE> name{};
        if (is_new && ::if_indextoname(one.index, name.data()) != nullptr) {
            known->second = name.data();
        }
        if (!known->second.empty()) { // it may have gone meanwhile
            out[known->second].push_back(one.address);
        }
    }
    return out;
}

} // namespace opsmon::collect
