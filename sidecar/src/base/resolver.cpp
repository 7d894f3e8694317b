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
        // EAI_NODATA is also what is left when one of its two questions could not be answered.
        return Error{::gai_strerror(problem), problem != EAI_NONAME};
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
    State(Lookup given, std::chrono::milliseconds patience)
        : lookup(std::move(given)), given_up_after(patience) {}

    Lookup lookup;
    std::chrono::milliseconds given_up_after;
    std::mutex mutex;
    std::condition_variable changed;
    // Under way, by name; each holds its answer from its end until the last who waits has seen it.
    struct Pending {
        SteadyTime begun_at;
        std::optional<Result<Addresses>> answer;
    };
    std::map<std::string, std::shared_ptr<Pending>> pending;
    std::size_t running = 0; // also those that were given up
};

Resolver::Resolver(Lookup lookup, std::chrono::milliseconds given_up_after)
    : state_(std::make_shared<State>(std::move(lookup), given_up_after)) {}

Result<Addresses> Resolver::resolve(const std::string& host, std::uint16_t port,
                                    SteadyTime deadline) {
    if (auto numeric = ask(host, AI_NUMERICHOST)) {
        return with_port(std::move(*numeric), port);
    }
    std::unique_lock lock(state_->mutex);
    const auto known = state_->pending.find(host);
    std::shared_ptr<State::Pending> mine = known == state_->pending.end() ? nullptr : known->second;
    // Half of the threads are left to other names, whatever hangs for ever.
    const bool is_given_up = mine && state_->running < kMaxLookups / 2 &&
                             steady_now() - mine->begun_at >= state_->given_up_after;
    if (!mine || is_given_up) {
        if (state_->running >= kMaxLookups) {
            return Error{"too many name lookups hang already", true};
        }
        mine = std::make_shared<State::Pending>();
        mine->begun_at = steady_now();
        try {
            std::thread([state = state_, mine, host] {
                auto answer = state->lookup(host);
                const std::lock_guard guard(state->mutex);
                mine->answer = std::move(answer);
                --state->running;
                const auto own = state->pending.find(host);
                if (own != state->pending.end() && own->second == mine) {
                    state->pending.erase(own);
                }
                state->changed.notify_all();
            }).detach();
        } catch (const std::system_error&) {
            return Error{"the system has no thread left for a name lookup", true};
        }
        ++state_->running;
        state_->pending[host] = mine;
    }
    if (!state_->changed.wait_until(lock, deadline, [&] { return mine->answer.has_value(); })) {
        return Error{"the name lookup gave no answer in time", true};
    }
    if (!mine->answer->ok()) {
        return mine->answer->error();
    }
    return with_port(mine->answer->value(), port);
}

} // namespace opsmon
