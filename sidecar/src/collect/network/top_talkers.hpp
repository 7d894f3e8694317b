#pragma once
// This component provides `TopTalkers`: connections and bytes by remote prefix, out of one list of
// sockets after another, and the few prefixes that are shown by name. The collector of sockets
// feeds it. Pure: it asks nobody and reads no clock. Its memory is bounded, whoever connects: what
// it cannot follow is counted under the prefix "other".
//
// Bytes are counted by differences between two lists: what a connection moves after the last list
// it stands in, and one that comes and goes between two lists, is not seen.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "collect/network/inet_diag.hpp"
#include "collect/network/prefix.hpp"
#include "collect/shown_names.hpp"

namespace opsmon::collect {

struct TalkerSettings {
    std::size_t count = 10;
    PrefixLengths lengths;
    bool include_loopback = false;
};

struct TalkerLimits {
    std::size_t sockets = 100'000; // whose bytes are followed
    std::size_t prefixes = 20'000; // in one list; what is beyond is "other"
    ShownNames::Limits shown;
};

struct Traffic {
    double connections = 0;           // with a handshake behind them, and not closed
    std::uint64_t received_bytes = 0; // since it is shown under this name
    std::uint64_t sent_bytes = 0;
    double received_bytes_per_second = 0; // between the last two lists
    double sent_bytes_per_second = 0;
};

struct Talker {
    Prefix prefix;
    bool is_public = false;
    Traffic traffic;
    std::array<std::uint32_t, kTcpStates> by_state{};
    std::vector<std::uint16_t> local_ports; // those with the most connections, at most 3
    std::optional<SteadyTime> shown_since;  // nothing: it has no series of its own
};

struct TalkerView {
    std::vector<Talker> shown;          // those with series of their own, the busiest first
    std::vector<Talker> busiest;        // now, whether shown or not
    std::array<Traffic, 2> other;       // [1] of public prefixes, [0] of others
    std::uint64_t suppressed_total = 0; // prefixes not shown because of the hourly limit
    std::uint64_t untracked_total = 0;  // connections whose bytes could not be followed
    // Of public prefixes that connect to a port on which somebody listens here; unknown, as none,
    // in the first list.
    std::string top_incoming_prefix; // empty: there is none
    double top_incoming_connections = 0;
    double top_incoming_share = 0; // of all such connections, 0 to 1
};

class TopTalkers {
public:
    explicit TopTalkers(TalkerSettings settings, TalkerLimits limits = {})
        : settings_(settings), limits_(limits), shown_(settings.count, limits.shown) {}

    // One list of sockets: begin, each of them in any order, end.
    void begin();
    void add(const SocketFacts& socket);
    TalkerView end(SteadyTime now);

private:
    struct Bytes {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
    };
    struct Followed {
        Bytes counted;          // up to the last list that was whole
        Bytes newest;           // in the list under way
        std::uint32_t list = 0; // the newest list it stood in
    };
    struct Counted {
        Bytes moved; // since the list before
        std::array<std::uint32_t, kTcpStates> by_state{};
        std::map<std::uint16_t, std::uint32_t> by_port; // local; bounded
        std::uint32_t connections = 0;                  // without TIME_WAIT
        std::uint32_t incoming = 0; // those of them on a port that was listened on
        bool is_public = false;
    };
    struct ShownTotals {
        Bytes total;
        SteadyTime since;
    };

    Bytes moved_by(const SocketFacts& socket);
    Counted& counted(const Prefix& prefix, bool public_peer);
    void choose(SteadyTime now);
    [[nodiscard]] Talker describe(const Prefix& prefix, double seconds) const;
    void describe_all(TalkerView& view, double seconds) const;
    void judge_incoming(TalkerView& view) const;

    TalkerSettings settings_;
    TalkerLimits limits_;
    std::unordered_map<std::uint64_t, Followed> followed_;
    std::unordered_map<Prefix, Counted, PrefixHash> prefixes_; // of the list under way
    std::array<Counted, 2> beyond_;                            // what found no room in it
    std::unordered_map<Prefix, ShownTotals, PrefixHash> totals_;
    std::vector<Prefix> busiest_;
    std::array<Bytes, 2> other_totals_;
    ShownNames shown_;
    std::vector<std::uint16_t> listening_ports_; // of the list under way
    std::vector<std::uint16_t> listened_before_; // of the one before, sorted
    std::uint32_t list_ = 0;
    // Of a socket that is new to us, how much is new is only known when all were followed before.
    bool all_followed_before_ = false;
    bool all_followed_ = true;
    std::uint64_t untracked_total_ = 0;
    std::optional<SteadyTime> ended_at_;
};

} // namespace opsmon::collect
