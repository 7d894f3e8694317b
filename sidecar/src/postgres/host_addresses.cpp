#include "postgres/host_addresses.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace opsmon::postgres {
namespace {

using Addresses = std::vector<SocketAddress>;

// As libpq reads a list: an element may be empty.
std::vector<std::string> elements_of(const std::string& list) {
    std::vector<std::string> out(1);
    for (const char c : list) {
        if (c == ',') {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

bool is_socket(const std::string& host) {
    return host.empty() || host[0] == '/' || host[0] == '@';
}

std::string value_of(const config::ConnectionOptions& options, const char* keyword) {
    const auto found = options.find(keyword);
    return found == options.end() ? "" : found->second;
}

bool is_set(const char* variable) {
    const char* value = ::getenv(variable);
    return value != nullptr && *value != '\0';
}

// Where libpq may find a `hostaddr` that goes with this host.
bool may_have_an_address_elsewhere(const config::ConnectionOptions& options) {
    return !value_of(options, "hostaddr").empty() || !value_of(options, "service").empty() ||
           is_set("PGHOSTADDR") || is_set("PGSERVICE");
}

// The lists that libpq reads side by side.
class Lists {
public:
    void add(const std::string& host, const std::string& address, const std::string& port) {
        const char* separator = count_++ == 0 ? "" : ",";
        hosts_ += separator + host;
        addresses_ += separator + address;
        ports_ += separator + port;
    }

    [[nodiscard]] bool is_empty() const { return count_ == 0; }

    void put_into(config::ConnectionOptions& options, bool with_ports) const {
        options["host"] = hosts_;
        options["hostaddr"] = addresses_;
        if (with_ports) {
            options["port"] = ports_;
        }
    }

private:
    std::size_t count_ = 0;
    std::string hosts_, addresses_, ports_;
};

} // namespace

// What the name server last said, also to a lookup for which nobody waited any more.
class HostAddresses::Known {
public:
    void remember(const std::string& host, const Result<Addresses>& answer) {
        const std::lock_guard lock(mutex_);
        if (answer) {
            if (addresses_.size() >= kMaxNames && !addresses_.contains(host)) {
                addresses_.erase(addresses_.begin());
            }
            addresses_[host] = *answer;
        } else if (!answer.error().retryable) {
            addresses_.erase(host);
        }
    }

    std::optional<Addresses> of(const std::string& host) {
        const std::lock_guard lock(mutex_);
        const auto found = addresses_.find(host);
        return found == addresses_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::mutex mutex_;
    std::map<std::string, Addresses> addresses_;
};

HostAddresses::HostAddresses(const Lookup& lookup)
    : known_(std::make_shared<Known>()),
      resolver_([known = known_, lookup](const std::string& host) {
          auto answer = lookup(host);
          known->remember(host, answer);
          return answer;
      }) {}

Result<Addresses> HostAddresses::addresses_of(const std::string& host, SteadyTime deadline) {
    auto answer = resolver_.resolve(host, 0, deadline);
    if (!answer && answer.error().retryable) {
        if (auto last = known_->of(host)) {
            return std::move(*last);
        }
    }
    return answer;
}

Result<config::ConnectionOptions> HostAddresses::add_to(config::ConnectionOptions options,
                                                        SteadyTime deadline) {
    const std::vector<std::string> hosts = elements_of(value_of(options, "host"));
    const std::vector<std::string> ports = elements_of(value_of(options, "port"));
    auto names = std::count_if(hosts.begin(), hosts.end(),
                               [](const std::string& host) { return !is_socket(host); });
    // Ports that do not go with the hosts are libpq's to refuse.
    const bool has_ports = ports.size() > 1; // one, or none, is for all hosts
    if (names == 0 || may_have_an_address_elsewhere(options) ||
        (has_ports && ports.size() != hosts.size())) {
        return options;
    }
    Lists lists;
    std::optional<Error> failure;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const std::string& port = has_ports ? ports[i] : ports[0];
        if (is_socket(hosts[i])) {
            lists.add(hosts[i], "", port);
            continue;
        }
        const SteadyTime now = steady_now();
        const auto found = addresses_of(hosts[i], now + (deadline - now) / (names-- + 1));
        if (!found) {
            failure = found.error().with_prefix("cannot look up the host \"" + hosts[i] + '"');
            continue;
        }
        for (const SocketAddress& address : *found) {
            lists.add(hosts[i], address.address_text(), port);
        }
    }
    if (lists.is_empty()) {
        return failure ? *failure : Error{"the hosts have no addresses", true};
    }
    lists.put_into(options, has_ports);
    return options;
}

} // namespace opsmon::postgres
