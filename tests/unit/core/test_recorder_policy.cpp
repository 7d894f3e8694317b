#include <catch2/catch.hpp>

#include "core/recorder_policy.hpp"

using namespace opsmon::core;

TEST_CASE("history_is_written_while_there_is_room", "[recorder_policy]") {
    CHECK(may_write_history({Rung::Calm, 0}));
    CHECK(may_write_history({Rung::Watch, kRecentWords}));
}

TEST_CASE("a_volume_that_is_short_has_history_use_memory_first", "[recorder_policy]") {
    CHECK_FALSE(may_write_history({Rung::Relieve, 0}));
    CHECK_FALSE(may_write_history({Rung::Relieve, kRecentWords / 2}));
    CHECK(may_write_history({Rung::Relieve, kRecentWords / 2 + 1}));
}

TEST_CASE("nothing_is_written_once_consumers_are_taken", "[recorder_policy]") {
    for (const Rung rung : {Rung::Evict, Rung::Fence, Rung::Rescue}) {
        CHECK_FALSE(may_write_history({rung, 0}));
        CHECK_FALSE(may_write_history({rung, 10 * kRecentWords}));
    }
}
