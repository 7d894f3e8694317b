#pragma once
// This component keeps the silences: which alerts nobody wants to hear of, until when, who said so
// and why. The dispatcher asks it; the web API creates, lists and expires through the notifier.
// Pure: the owner keeps what changed() says in the store and shares it between threads.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "notify/matchers.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace opsmon::notify {

inline constexpr std::size_t kMaxSilences = 1000;
inline constexpr std::size_t kMaxSilenceMatchers = 50;
inline constexpr std::size_t kMaxSilenceTextBytes = 4096;
inline constexpr TimestampMs kSilenceKept_ms =
    120LL * 3600 * 1000; // after its end, as Alertmanager

struct Silence {
    std::string id; // empty: a new one
    Matchers matchers;
    TimestampMs starts_at = 0;
    TimestampMs ends_at = 0;
    TimestampMs updated_at = 0;
    std::string created_by;
    std::string comment;

    enum class State { Expired, Active, Pending };
    [[nodiscard]] State state(TimestampMs now) const {
        return now >= ends_at ? State::Expired : now < starts_at ? State::Pending : State::Active;
    }
};

class Silences {
public:
    // The id, `new_id` for a new one. An id that is known changes that silence where its meaning
    // stays; else the old one expires and a new one begins.
    [[nodiscard]] Result<std::string> create(Silence silence, std::string new_id, TimestampMs now);
    // An error where there is none, or it has expired already.
    [[nodiscard]] Result<void> expire(const std::string& id, TimestampMs now);

    [[nodiscard]] std::vector<Silence> list() const;
    [[nodiscard]] std::optional<Silence> find(const std::string& id) const;
    [[nodiscard]] bool mutes(const metrics::Labels& labels, TimestampMs now) const;
    // Which ones mute it.
    [[nodiscard]] std::vector<std::string> muting(const metrics::Labels& labels,
                                                  TimestampMs now) const;

    // From the store: no check, and no change. One that is known and changed later stays as it is.
    void restore(Silence silence);
    // Of a copy that was changed: these as they are there, and no change for the store.
    void take_over(const Silences& changed, const std::set<std::string>& ids);
    void mark_changed(const std::set<std::string>& ids) { changed_.insert(ids.begin(), ids.end()); }
    // Removes what has expired long ago.
    void forget_old(TimestampMs now);
    // The ids that were created, changed or removed since the last call.
    [[nodiscard]] std::set<std::string> take_changed();
    [[nodiscard]] bool has_changed() const { return !changed_.empty(); }

private:
    std::map<std::string, Silence> by_id_;
    std::set<std::string> changed_;
};

} // namespace opsmon::notify
