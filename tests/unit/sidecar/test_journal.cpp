#include <catch2/catch.hpp>

#include "base/journal.hpp"

using opsmon::log::is_journal;

TEST_CASE("the_journal_is_known_by_its_device_and_inode", "[log]") {
    CHECK(is_journal("9:4711", 9, 4711));
    CHECK_FALSE(is_journal("9:4711", 9, 4712)); // 2>file since
    CHECK_FALSE(is_journal("9:4711", 8, 4711));
}

TEST_CASE("a_variable_that_makes_no_sense_is_no_journal", "[log]") {
    for (const char* text : {"", ":", "9", "9:", ":4711", "9:4711x", "-9:4711", "9:4711:1",
                             "18446744073709551616:1"}) {
        CAPTURE(text);
        CHECK_FALSE(is_journal(text, 9, 4711));
        CHECK_FALSE(is_journal(text, 0, 0));
    }
}
