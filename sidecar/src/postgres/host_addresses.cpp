#include "postgres/host_addresses.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace opsmon::postgres {
namespace {

using Addresses = std::vector<SocketAddress>;
using std::chrono::milliseconds;

constexpr milliseconds kTurn{200}; // a stop is noticed as soon
constexpr milliseconds kForConnecting{500};

// As libpq reads a list.
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
    return host[0] == '/' || host[0] == '@';
}

std::string value_of(const config::ConnectionOptions& options, const char* keyword) {
    const auto found = options.find(keyword);
    return found == options.end() ? "" : found->second;
}

std::string_view variable(const char* name) {
    const char* value = ::getenv(name);
    return value == nullptr ? "" : value;
}

bool has_empty(const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(), [](const auto& one) { return one.empty(); });
}

// The lists that libpq reads side by side.
class Lists {
public:
    explicit Lists(const config::ConnectionOptions& options)
        : hosts_(elements_of(value_of(options, "host"))),
          ports_(elements_of(value_of(options, "port"))) {}

    [[nodiscard]] const std::vector<std::string>& hosts() const { return hosts_; }
    [[nodiscard]] bool is_empty() const { return hosts_out_.empty(); }

    // Is there a name that can be looked up without changing what libpq makes of the rest?
    [[nodiscard]] bool are_ours(const config::ConnectionOptions& options) const {
        return !has_empty(hosts_) && !std::all_of(hosts_.begin(), hosts_.end(), is_socket) &&
               (!has_ports() || (ports_.size() == hosts_.size() && !has_empty(ports_))) &&
               value_of(options, "hostaddr").empty() && value_of(options, "service").empty() &&
               variable("PGHOSTADDR").empty() && variable("PGSERVICE").empty() &&
               (!ports_[0].empty() || variable("PGPORT").find(',') == std::string_view::npos);
    }

    void add(std::size_t i, const std::string& address) {
        const char* separator = is_empty() ? "" : ",";
        hosts_out_ += separator + hosts_[i];
        addresses_out_ += separator + address;
        ports_out_ += separator + (has_ports() ? ports_[i] : "");
    }

    void put_into(config::ConnectionOptions& options) const {
        options["host"] = hosts_out_;
        options["hostaddr"] = addresses_out_;
        if (has_ports()) {
            options["port"] = ports_out_;
        }
    }

private:
    // One, or none, is for all hosts.
    [[nodiscard]] bool has_ports() const { return ports_.size() > 1; }

    std::vector<std::string> hosts_, ports_;
    std::string hosts_out_, addresses_out_, ports_out_;
};

std::string failure_of(const std::string& host, const std::string& reason) {
    return "cannot look up the host \"" + host + "\": " + reason;
}

} // namespace

// What name servers said and when, also to a lookup for which nobody waited any more.
class HostAddresses::Answers {
public:
    // That a name server cannot answer says nothing of the name; and one lookup may end after
    // another that was begun later.
    void note(const std::string& host, SteadyTime begun_at, const Result<Addresses>& answer,
              milliseconds kept_for) {
        if (!answer && answer.error().retryable) {
            return;
        }
        const SteadyTime now = steady_now();
        const std::lock_guard lock(mutex_);
        std::erase_if(answers_,
                      [&](const auto& one) { return now - one.second.came_at > kept_for; });
        const auto known = answers_.find(host);
        if (known == answers_.end() ? answers_.size() < kMaxNames
                                    : known->second.begun_at < begun_at) {
            answers_.insert_or_assign(host, Answer{begun_at, now, answer});
        }
    }

    std::optional<Result<Addresses>> since(const std::string& host, SteadyTime moment) {
        const std::lock_guard lock(mutex_);
        const auto found = answers_.find(host);
        if (found == answers_.end() || found->second.came_at < moment) {
            return std::nullopt;
        }
        return found->second.addresses;
    }

private:
    struct Answer {
        SteadyTime begun_at;
        SteadyTime came_at;
        Result<Addresses> addresses;
    };
    std::mutex mutex_;
    std::map<std::string, Answer> answers_;
};

HostAddresses::HostAddresses(const Lookup& lookup, milliseconds late_is_good)
    : answers_(std::make_shared<Answers>()),
      late_is_good_(late_is_good),
      resolver_([answers = answers_, lookup, late_is_good](const std::string& host) {
          const SteadyTime begun_at = steady_now();
          auto answer = lookup(host);
          answers->note(host, begun_at, answer, late_is_good);
          return answer;
      }) {}

Result<Addresses> HostAddresses::addresses_of(const std::string& host, SteadyTime until,
                                              const StopSignal& stop) {
    const SteadyTime began = steady_now();
    const auto recent = answers_->since(host, began - late_is_good_);
    until = recent ? std::min(until, began + kTurn) : until;
    for (;;) {
        const SteadyTime turn_end = std::min(until, steady_now() + kTurn);
        auto answer = resolver_.resolve(host, 0, turn_end);
        if (answer || !answer.error().retryable) {
            return answer;
        }
        if (auto between_turns = answers_->since(host, began)) {
            return *between_turns;
        }
        const SteadyTime now = steady_now();
        const bool cannot_answer = now < turn_end; // it says so: to ask again at once is in vain
        if (cannot_answer || now >= until || stop.requested()) {
            return recent ? *recent : answer;
        }
    }
}

Result<Reachable> HostAddresses::add_to(config::ConnectionOptions options, SteadyTime deadline,
                                        const StopSignal& stop) {
    Lists lists(options);
    if (!lists.are_ours(options)) {
        return Reachable{std::move(options), ""};
    }
    const auto time = deadline - steady_now();
    const SteadyTime lookups_end =
        deadline - std::min<SteadyTime::duration>(kForConnecting, time / 4);
    std::string left_out;
    for (std::size_t i = 0; i < lists.hosts().size(); ++i) {
        const std::string& host = lists.hosts()[i];
        if (is_socket(host)) {
            lists.add(i, "");
            continue;
        }
        // libpq would look it up only when the hosts before it have failed.
        const bool has_others = !lists.is_empty();
        const SteadyTime until =
            has_others ? std::min(lookups_end, steady_now() + time / 4) : lookups_end;
        const auto found = addresses_of(host, until, stop);
        if (found) {
            for (const SocketAddress& address : *found) {
                lists.add(i, address.address_text());
            }
            continue;
        }
        left_out += (left_out.empty() ? "" : "; ") + failure_of(host, found.error().message);
        if (found.error().retryable && !has_others) {
            return Error{left_out, true};
        }
    }
    if (lists.is_empty()) {
        return Error{left_out, true};
    }
    lists.put_into(options);
    return Reachable{std::move(options), left_out};
}

} // namespace opsmon::postgres
