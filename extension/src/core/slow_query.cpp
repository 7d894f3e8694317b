#include "core/slow_query.hpp"

namespace opsmon::core {
namespace {

SlowQuery* find(SlowQueries& memory, const SlowQuery& wanted) {
    for (std::uint32_t i = 0; i < memory.count; ++i) {
        SlowQuery& query = memory.queries[i];
        if (query.pid == wanted.pid && query.began_at == wanted.began_at) {
            return &query;
        }
    }
    return nullptr;
}

SlowQuery& shortest(SlowQueries& memory) {
    std::uint32_t found = 0;
    for (std::uint32_t i = 1; i < memory.count; ++i) {
        found = duration_of(memory.queries[i]) < duration_of(memory.queries[found]) ? i : found;
    }
    return memory.queries[found];
}

} // namespace

void note(SlowQueries& memory, const SlowQuery& seen) {
    if (SlowQuery* known = find(memory, seen)) {
        *known = seen;
        return;
    }
    if (memory.count < kSlowQueriesMax) {
        memory.queries[memory.count++] = seen;
        return;
    }
    SlowQuery& least = shortest(memory);
    if (duration_of(seen) > duration_of(least)) {
        least = seen;
    }
}

void forget_old(SlowQueries& memory, TimeUs steady_us) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < memory.count; ++i) {
        if (steady_us - memory.queries[i].seen_steady_us > kSlowQueryWindowUs) {
            continue;
        }
        if (kept != i) {
            memory.queries[kept] = memory.queries[i];
        }
        ++kept;
    }
    memory.count = kept;
}

void forget_texts(SlowQueries& memory) {
    // Also behind the count, where an older entry's text may still lie.
    for (SlowQuery& query : memory.queries) {
        query.text = QueryText{};
    }
}

} // namespace opsmon::core
