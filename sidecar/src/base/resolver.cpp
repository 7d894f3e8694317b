#include "base/resolver.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>

#include "base/url.hpp"

namespace opsmon {
namespace {

using Addresses = std::vector<SocketAddress>;

Result<Addresses> ask(const std::string& host, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    const int problem = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (problem != 0) {
        const bool is_an_answer = problem == EAI_NONAME || problem == EAI_NODATA;
        return Error{::gai_strerror(problem), !is_an_answer};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    Addresses out;
    for (const addrinfo* one = found; one != nullptr && out.size() < Resolver::kMaxAddresses;
         one = one->ai_next) {
        SocketAddress address;
        if (one->ai_addrlen <= sizeof address.storage) {
            __builtin_memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
            address.length = one->ai_addrlen;
            out.push_back(address);
        }
    }
    return out;
}

Addresses with_port(Addresses addresses, std::uint16_t port) {
    for (SocketAddress& address : addresses) {
        if (address.storage.ss_family == AF_INET6) {
            reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = htons(port);
        } else {
            reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = htons(port);
        }
    }
    return addresses;
}

} // namespace

std::string SocketAddress::to_string() const {
    char text[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        return HostPort{text, ntohs(v6->sin6_port)}.to_string();
    }
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return HostPort{text, ntohs(v4->sin_port)}.to_string();
}

std::string SocketAddress::address_text() const {
    char text[NI_MAXHOST] = ""; // with the interface of a link-local one
    ::getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, text, sizeof text, nullptr,
                  0, NI_NUMERICHOST);
    return text;
}

Result<std::vector<SocketAddress>> look_up(const std::string& host) {
    return ask(host, AI_ADDRCONFIG);
}

Result<std::vector<SocketAddress>> look_up_any_family(const std::string& host) {
    return ask(host, 0);
}

struct Resolver::State {
    explicit State(Lookup given) : lookup(std::move(given)) {}

    Lookup lookup;
    std::mutex mutex;
    std::condition_variable changed;
    // Under way, by name; each holds its answer from its end until the last who waits has seen it.
    struct Pending {
        std::optional<Result<Addresses>> answer;
    };
    std::map<std::string, std::shared_ptr<Pending>> pending;
};

Resolver::Resolver(Lookup lookup) : state_(std::make_shared<State>(std::move(lookup))) {}

Result<Addresses> Resolver::resolve(const std::string& host, std::uint16_t port,
                                    SteadyTime deadline) {
    if (auto numeric = ask(host, AI_NUMERICHOST)) {
        return with_port(std::move(*numeric), port);
    }
    std::unique_lock lock(state_->mutex);
    std::shared_ptr<State::Pending>& slot = state_->pending[host];
    if (!slot) {
        if (state_->pending.size() > kMaxLookups) {
            state_->pending.erase(host);
            return Error{"too many name lookups hang already", true};
        }
        slot = std::make_shared<State::Pending>();
        try {
            std::thread([state = state_, own = slot, host] {
                auto answer = state->lookup(host);
                const std::lock_guard guard(state->mutex);
                own->answer = std::move(answer);
                state->pending.erase(host);
                state->changed.notify_all();
            }).detach();
        } catch (const std::system_error&) {
            state_->pending.erase(host);
            return Error{"the system has no thread left for a name lookup", true};
        }
    }
    const std::shared_ptr<State::Pending> mine = slot;
    if (!state_->changed.wait_until(lock, deadline, [&] { return mine->answer.has_value(); })) {
        return Error{"the name lookup gave no answer in time", true};
    }
    if (!mine->answer->ok()) {
        return mine->answer->error();
    }
    return with_port(mine->answer->value(), port);
}

} // namespace opsmon
