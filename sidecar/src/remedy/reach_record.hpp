#pragma once
// This component remembers how a node was asked for from here: how often in a row nobody answered,
// and since when. The source notes each try. Pure. Whatever is not certain counts as an answer, so
// that it never helps to drop a node.

#include <string>

#include "remedy/facts.hpp"

namespace opsmon::remedy {

enum class Tried { Nobody, Answered, Unsure };

class ReachRecord {
public:
    // After a longer pause than `gap_max_ms` what was found before counts no more.
    void note(TimestampMs now, Tried tried, std::string result, TimestampMs gap_max_ms) {
        const bool in_a_row =
            reach_.tries > 0 && now >= reach_.last_try_at && now - reach_.last_try_at <= gap_max_ms;
        if (tried != Tried::Nobody || !in_a_row) {
            reach_.tries = 0;
            reach_.first_try_at = now;
        }
        reach_.tries += tried == Tried::Nobody ? 1 : 0;
        reach_.answered = tried != Tried::Nobody;
        reach_.address_known = true;
        reach_.last_try_at = now;
        reach_.last_result = std::move(result);
    }

    // The node has no address that is understood (any more).
    void forget() { reach_ = {}; }

    [[nodiscard]] bool is_due(TimestampMs now, TimestampMs interval_ms) const {
        return reach_.last_try_at == 0 || now < reach_.last_try_at ||
               now - reach_.last_try_at >= interval_ms;
    }
    [[nodiscard]] const Reach& reach() const { return reach_; }

private:
    Reach reach_;
};

} // namespace opsmon::remedy
