#include <catch2/catch.hpp>

#include "base/log.hpp"

using opsmon::log::quoted;

TEST_CASE("leaves_a_plain_word_bare") {
    CHECK(quoted("127.0.0.1:9788") == "127.0.0.1:9788");
}

TEST_CASE("quotes_what_would_break_the_line_apart") {
    CHECK(quoted("") == "\"\"");
    CHECK(quoted("two words") == "\"two words\"");
    CHECK(quoted("a=b") == "\"a=b\"");
    CHECK(quoted("say \"x\"") == "\"say \\\"x\\\"\"");
}

TEST_CASE("a_value_cannot_start_a_line_of_its_own") {
    CHECK(quoted("x\nlevel=error") == "\"x\\nlevel=error\"");
    CHECK(quoted("\x1b[31m") == "\"\\x1b[31m\"");
}

TEST_CASE("a_value_cannot_command_a_terminal") {
    CHECK(quoted("\xc2\x9b"
                 "31m") == "\"\\xc2\\x9b31m\""); // the same as ESC [, in one character
    CHECK(quoted("a\x9bz") == "\"a\\x9bz\"");    // and in one byte
    CHECK(quoted("\xc2\xa0") == "\"\xc2\xa0\"");
    CHECK(quoted("\xED\x95\x9C") == "\"\xED\x95\x9C\"");
    CHECK(quoted("\xED\xA0\x80") == "\"\\xed\\xa0\\x80\"");
    CHECK(quoted("\xE2\x82") == "\"\\xe2\\x82\""); // cut short
}
