#include "collect/postgresql/server_process.hpp"

#include <array>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxStatBytes = 4096;
constexpr int kMaxPid = 1 << 22; // the kernel's own limit

std::string text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address != nullptr && address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    } else if (address != nullptr && address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    }
    return text.data();
}

bool is_own_address(const std::string& address) {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return false;
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (text_of(entry->ifa_addr) == address) {
            return true;
        }
    }
    return false;
}

} // namespace

bool is_reached_locally(const postgres::Text& server_address) {
    return !server_address || server_address->starts_with("127.") || *server_address == "::1" ||
           (!server_address->empty() && is_own_address(*server_address));
}

bool is_postgres(const std::string& proc, int pid) {
    const auto comm = read_file(proc + '/' + std::to_string(pid) + "/comm", kMaxStatBytes);
    const std::string_view name = comm ? trim(*comm) : "";
    return name == "postgres" || name == "postmaster";
}

std::optional<int> parse_parent(std::string_view stat) {
    // The name, in brackets, may hold anything, brackets too.
    const auto end = stat.rfind(')');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto words = split_words(stat.substr(end + 1), 2);
    const auto parent = words.size() == 2 ? parse_count(words[1]) : std::nullopt;
    return parent && *parent > 0 && *parent <= kMaxPid ? std::optional(static_cast<int>(*parent))
                                                       : std::nullopt;
}

std::optional<int> find_postmaster(const std::string& proc, const postgres::ServerRow& server) {
    if (!server.backend_pid || *server.backend_pid < 1 || *server.backend_pid > kMaxPid ||
        !is_reached_locally(server.server_address)) {
        return std::nullopt;
    }
    const int backend = static_cast<int>(*server.backend_pid);
    if (!is_postgres(proc, backend)) {
        return std::nullopt;
    }
    const auto stat = read_file(proc + '/' + std::to_string(backend) + "/stat", kMaxStatBytes);
    const auto parent = stat ? parse_parent(*stat) : std::nullopt;
    return parent && is_postgres(proc, *parent) ? parent : std::nullopt;
}

} // namespace opsmon::collect
