#pragma once
// The longest statements of the last hours. The sampler shows it what runs at each of its looks,
// and the views read what it kept. A statement between two looks is never seen, and a duration is
// "at least": until the look that saw it last. It allocates nothing and knows no clock.

#include <cstddef>
#include <type_traits>

#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

inline constexpr std::uint32_t kSlowQueriesMax = 64;
inline constexpr TimeUs kSlowQueryWindowUs = TimeUs{6} * 3600 * kUsPerSecond;

using QueryText = Text<1024>; // as much as track_activity_query_size keeps by default

// One statement of one session: the process and when it began say which.
struct SlowQuery {
    std::int32_t pid;
    TimeUs began_at;
    TimeUs seen_at; // at the last look that saw it run
    TimeUs seen_steady_us;
    Name database;
    Name username;
    Name application_name;
    Text<48> client_addr; // empty over a unix socket
    Text<32> wait_event_type;
    Name wait_event; // what it waited for at that look
    std::int64_t query_id;
    QueryText text; // empty while texts are switched off
};

struct alignas(8) SlowQueries {
    std::uint32_t count;
    SlowQuery queries[kSlowQueriesMax];
};

static_assert(std::is_trivially_copyable_v<SlowQueries> &&
              std::is_trivially_destructible_v<SlowQueries>);

constexpr TimeUs duration_of(const SlowQuery& query) {
    return query.seen_at > query.began_at ? query.seen_at - query.began_at : 0;
}

// A statement that runs at this look. One that is known grows; a new one takes the place of the
// shortest when there is no room, unless it is shorter itself.
void note(SlowQueries& memory, const SlowQuery& seen);

// Forgets what was seen last longer ago than the window.
void forget_old(SlowQueries& memory, TimeUs steady_us);

void forget_texts(SlowQueries& memory);

inline std::size_t used_bytes(const SlowQueries& memory) {
    return offsetof(SlowQueries, queries) + memory.count * sizeof(SlowQuery);
}

} // namespace opsmon::core
