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
