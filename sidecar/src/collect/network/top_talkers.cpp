#include "collect/network/top_talkers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "collect/network/addresses.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kPortsPerPrefix = 16;
constexpr std::size_t kPortsDescribed = 3;
constexpr std::size_t kListeningPortsMax = 4096;
constexpr std::size_t kCandidatesFactor = 4;
// The kernel may skip a socket when others come and go while it lists them: one that is missing is
// only forgotten after this many lists.
constexpr std::uint32_t kListsRemembered = 3;

bool has_peer(const SocketFacts& socket, bool include_loopback) {
    return socket.state != TcpState::Listen && socket.state != TcpState::Closed &&
           !is_unspecified(socket.remote) && (include_loopback || !is_loopback(socket.remote));
}

std::uint64_t since(std::uint64_t before, std::uint64_t now) {
    return now > before ? now - before : 0;
}

double per_second(std::uint64_t bytes, double seconds) {
    return seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
}

} // namespace

void TopTalkers::begin() {
    ++list_;
    all_followed_ = true;
    prefixes_.clear();
    beyond_ = {};
    listening_ports_.clear();
}

void TopTalkers::add(const SocketFacts& socket) {
    if (socket.state == TcpState::Listen) {
        if (listening_ports_.size() < kListeningPortsMax) {
            listening_ports_.push_back(socket.local_port);
        }
        return;
    }
    if (!has_peer(socket, settings_.include_loopback)) {
        return;
    }
    const Bytes moved = moved_by(socket);
    const bool public_peer = is_globally_routable(socket.remote);
    Counted& into = counted(prefix_of(socket.remote, settings_.lengths), public_peer);
    into.moved.received += moved.received;
    into.moved.sent += moved.sent;
    ++into.by_state[static_cast<std::size_t>(socket.state)];
    if (socket.state == TcpState::TimeWait || socket.state == TcpState::SynReceived) {
        return; // over, or not begun: the sender of a SYN may be forged
    }
    ++into.connections;
    if (std::binary_search(listened_before_.begin(), listened_before_.end(), socket.local_port)) {
        ++into.incoming;
    }
    const auto port = into.by_port.find(socket.local_port);
    if (port != into.by_port.end()) {
        ++port->second;
    } else if (into.by_port.size() < kPortsPerPrefix) {
        into.by_port.emplace(socket.local_port, 1);
    }
}

// What a socket that is seen for the first time has moved, it has moved since the list before,
// unless that is the first list of all.
TopTalkers::Bytes TopTalkers::moved_by(const SocketFacts& socket) {
    if (!socket.sent_bytes || !socket.received_bytes) {
        return {};
    }
    const Bytes now{*socket.received_bytes, *socket.sent_bytes};
    const auto found = followed_.find(socket.cookie);
    if (found == followed_.end()) {
        if (followed_.size() >= limits_.sockets) {
            ++untracked_total_;
            all_followed_ = false;
            return {};
        }
        const Bytes before = all_followed_before_ ? Bytes{} : now;
        followed_.emplace(socket.cookie, Followed{before, now, list_});
        return {now.received - before.received, now.sent - before.sent};
    }
    const Bytes before = found->second.counted;
    found->second.newest = now;
    found->second.list = list_;
    return {since(before.received, now.received), since(before.sent, now.sent)};
}

TopTalkers::Counted& TopTalkers::counted(const Prefix& prefix, bool public_peer) {
    const auto found = prefixes_.find(prefix);
    if (found != prefixes_.end()) {
        return found->second;
    }
    if (prefixes_.size() >= limits_.prefixes) {
        return beyond_[public_peer ? 1 : 0];
    }
    Counted& out = prefixes_[prefix];
    out.is_public = public_peer;
    return out;
}

TalkerView TopTalkers::end(SteadyTime now) {
    std::erase_if(followed_, [this](const auto& item) {
        return list_ - item.second.list >= kListsRemembered;
    });
    for (auto& [cookie, followed] : followed_) {
        followed.counted = followed.newest;
    }
    all_followed_before_ = all_followed_;
    choose(now);
    const double seconds = ended_at_ ? std::chrono::duration<double>(now - *ended_at_).count() : 0;
    ended_at_ = now;
    TalkerView view;
    std::array<Bytes, 2> other_moved = {beyond_[0].moved, beyond_[1].moved};
    view.other[0].connections = beyond_[0].connections;
    view.other[1].connections = beyond_[1].connections;
    for (const auto& [prefix, counted] : prefixes_) {
        const auto total = totals_.find(prefix);
        if (total != totals_.end()) {
            total->second.total.received += counted.moved.received;
            total->second.total.sent += counted.moved.sent;
            continue;
        }
        const std::size_t other = counted.is_public ? 1 : 0;
        view.other[other].connections += counted.connections;
        other_moved[other].received += counted.moved.received;
        other_moved[other].sent += counted.moved.sent;
    }
    for (std::size_t i = 0; i < other_moved.size(); ++i) {
        other_totals_[i].received += other_moved[i].received;
        other_totals_[i].sent += other_moved[i].sent;
        view.other[i].received_bytes = other_totals_[i].received;
        view.other[i].sent_bytes = other_totals_[i].sent;
        view.other[i].received_bytes_per_second = per_second(other_moved[i].received, seconds);
        view.other[i].sent_bytes_per_second = per_second(other_moved[i].sent, seconds);
    }
    describe_all(view, seconds);
    judge_incoming(view);
    std::sort(listening_ports_.begin(), listening_ports_.end());
    listened_before_ = listening_ports_;
    view.suppressed_total = shown_.suppressed_total();
    view.untracked_total = untracked_total_;
    return view;
}

// By share of all connections and share of all bytes: who holds many idle connections counts as
// much as who moves much through one.
void TopTalkers::choose(SteadyTime now) {
    double connections = 0;
    double bytes = 0;
    for (const auto& [prefix, counted] : prefixes_) {
        connections += counted.connections;
        bytes += static_cast<double>(counted.moved.received + counted.moved.sent);
    }
    std::vector<std::pair<double, const Prefix*>> scores;
    scores.reserve(prefixes_.size());
    for (const auto& [prefix, counted] : prefixes_) {
        const auto moved = static_cast<double>(counted.moved.received + counted.moved.sent);
        const double score = (connections > 0 ? counted.connections / connections : 0) +
                             (bytes > 0 ? moved / bytes : 0);
        scores.emplace_back(score, &prefix);
    }
    const std::size_t kept = std::min(scores.size(), kCandidatesFactor * settings_.count);
    std::partial_sort(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(kept),
                      scores.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    busiest_.clear();
    for (std::size_t i = 0; i < std::min(kept, settings_.count) && scores[i].first > 0; ++i) {
        busiest_.push_back(*scores[i].second);
    }
    std::vector<ShownNames::Scored> candidates;
    std::unordered_map<std::string, Prefix> by_name;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const Prefix& prefix = *scores[i].second;
        if (i < kept || totals_.contains(prefix)) {
            candidates.push_back({prefix.to_string(), scores[i].first});
            by_name.emplace(candidates.back().name, prefix);
        }
    }
    shown_.choose(std::move(candidates), now);
    std::erase_if(totals_,
                  [this](const auto& item) { return !shown_.contains(item.first.to_string()); });
    for (const auto& [name, prefix] : by_name) {
        if (shown_.contains(name)) {
            totals_.try_emplace(prefix, ShownTotals{{}, now});
        }
    }
}

Talker TopTalkers::describe(const Prefix& prefix, double seconds) const {
    static const Counted kQuiet;
    const auto found = prefixes_.find(prefix);
    const Counted& counted = found == prefixes_.end() ? kQuiet : found->second;
    Talker talker;
    talker.prefix = prefix;
    talker.is_public = is_globally_routable(prefix.network);
    talker.traffic.connections = counted.connections;
    talker.traffic.received_bytes_per_second = per_second(counted.moved.received, seconds);
    talker.traffic.sent_bytes_per_second = per_second(counted.moved.sent, seconds);
    talker.by_state = counted.by_state;
    if (const auto total = totals_.find(prefix); total != totals_.end()) {
        talker.traffic.received_bytes = total->second.total.received;
        talker.traffic.sent_bytes = total->second.total.sent;
        talker.shown_since = total->second.since;
    }
    std::vector<std::pair<std::uint32_t, std::uint16_t>> ports;
    for (const auto& [port, connections] : counted.by_port) {
        ports.emplace_back(connections, port);
    }
    std::sort(ports.rbegin(), ports.rend());
    for (std::size_t i = 0; i < std::min(ports.size(), kPortsDescribed); ++i) {
        talker.local_ports.push_back(ports[i].second);
    }
    return talker;
}

void TopTalkers::describe_all(TalkerView& view, double seconds) const {
    for (const auto& [prefix, total] : totals_) {
        view.shown.push_back(describe(prefix, seconds));
    }
    for (const Prefix& prefix : busiest_) {
        view.busiest.push_back(describe(prefix, seconds));
    }
    std::sort(view.shown.begin(), view.shown.end(), [](const Talker& a, const Talker& b) {
        return std::pair(b.traffic.connections, a.prefix) <
               std::pair(a.traffic.connections, b.prefix);
    });
}

void TopTalkers::judge_incoming(TalkerView& view) const {
    double all = beyond_[1].incoming;
    const Prefix* top = nullptr;
    for (const auto& [prefix, counted] : prefixes_) {
        if (!counted.is_public) {
            continue;
        }
        const double incoming = counted.incoming;
        all += incoming;
        if (incoming > view.top_incoming_connections) {
            view.top_incoming_connections = incoming;
            top = &prefix;
        }
    }
    if (top != nullptr) {
        view.top_incoming_prefix = top->to_string();
        view.top_incoming_share = view.top_incoming_connections / all;
    }
}

} // namespace opsmon::collect
