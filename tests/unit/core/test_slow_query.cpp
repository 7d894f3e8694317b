#include <catch2/catch.hpp>

#include "core/slow_query.hpp"

#include <memory>

using namespace opsmon::core;

namespace {

SlowQuery query(std::int32_t pid, TimeUs began_at, TimeUs seconds) {
    SlowQuery result{};
    result.pid = pid;
    result.began_at = began_at;
    result.seen_at = began_at + seconds * kUsPerSecond;
    result.seen_steady_us = result.seen_at;
    result.text.assign("SELECT 1");
    return result;
}

struct Memory {
    std::unique_ptr<SlowQueries> all = std::make_unique<SlowQueries>();

    bool holds(std::int32_t pid) const {
        for (std::uint32_t i = 0; i < all->count; ++i) {
            if (all->queries[i].pid == pid) {
                return true;
            }
        }
        return false;
    }
};

} // namespace

TEST_CASE("a_statement_that_runs_on_grows_and_is_one", "[slow_query]") {
    Memory memory;
    note(*memory.all, query(7, 1000, 5));
    note(*memory.all, query(7, 1000, 15));
    REQUIRE(memory.all->count == 1);
    CHECK(duration_of(memory.all->queries[0]) == 15 * kUsPerSecond);
}

TEST_CASE("the_next_statement_of_a_session_is_another", "[slow_query]") {
    Memory memory;
    note(*memory.all, query(7, 1000, 5));
    note(*memory.all, query(7, 2000, 5));
    note(*memory.all, query(8, 1000, 5));
    CHECK(memory.all->count == 3);
}

TEST_CASE("the_longest_stay_when_there_is_no_room", "[slow_query]") {
    Memory memory;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(kSlowQueriesMax); ++i) {
        note(*memory.all, query(100 + i, 1000, 10 + i));
    }
    note(*memory.all, query(1, 1000, 9));
    CHECK_FALSE(memory.holds(1));
    note(*memory.all, query(2, 1000, 11));
    CHECK(memory.holds(2));
    CHECK_FALSE(memory.holds(100));
    CHECK(memory.holds(101));
    CHECK(memory.all->count == kSlowQueriesMax);
}

TEST_CASE("what_was_seen_before_the_window_is_forgotten", "[slow_query]") {
    Memory memory;
    note(*memory.all, query(1, 1000, 10));
    note(*memory.all, query(2, 1000, 60));
    note(*memory.all, query(3, 1000, 70));
    const TimeUs until = 1000 + 10 * kUsPerSecond + kSlowQueryWindowUs;
    forget_old(*memory.all, until);
    CHECK(memory.all->count == 3);
    forget_old(*memory.all, until + 1);
    CHECK(memory.all->count == 2);
    CHECK_FALSE(memory.holds(1));
    CHECK(memory.holds(3));
}

TEST_CASE("a_clock_that_is_set_back_gives_no_negative_duration", "[slow_query]") {
    SlowQuery odd = query(1, 5'000'000, 0);
    odd.seen_at = 1'000'000;
    CHECK(duration_of(odd) == 0);
}

TEST_CASE("texts_are_forgotten_also_where_nothing_is_any_more", "[slow_query]") {
    Memory memory;
    note(*memory.all, query(1, 1000, 10));
    note(*memory.all, query(2, 1000, 10));
    memory.all->count = 1;
    forget_texts(*memory.all);
    CHECK(memory.all->queries[0].text.empty());
    CHECK(memory.all->queries[1].text.bytes[0] == '\0');
    CHECK(memory.all->queries[1].text.bytes[7] == '\0');
}

TEST_CASE("only_what_is_used_is_published", "[slow_query]") {
    Memory memory;
    note(*memory.all, query(1, 1000, 10));
    CHECK(used_bytes(*memory.all) == offsetof(SlowQueries, queries) + sizeof(SlowQuery));
    CHECK(sizeof(SlowQueries) % 8 == 0);
}
