#pragma once
// This component decides when a failed connection may be tried again: 1 s after the first failure,
// twice as long after each further one, 5 s at most: a server that is back must not look down for
// long, and one attempt in a cycle costs it little. The session uses it. Pure.

#include <algorithm>

#include "base/clock.hpp"

namespace opsmon::postgres {

class Backoff {
public:
    [[nodiscard]] bool may_try(SteadyTime now) const { return now >= next_try_at_; }

    void failed(SteadyTime now) {
        next_try_at_ = now + delay_;
        delay_ = std::min(2 * delay_, kMax);
    }

    void succeeded() { *this = Backoff(); }

private:
    static constexpr std::chrono::seconds kMax{5};

    std::chrono::seconds delay_{1};
    SteadyTime next_try_at_{};
};

} // namespace opsmon::postgres
