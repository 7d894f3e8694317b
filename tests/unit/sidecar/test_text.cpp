#include <catch2/catch.hpp>

#include "base/text.hpp"

#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace opsmon;

TEST_CASE("a_number_is_the_whole_text_and_finite") {
    CHECK(parse_number("1.5") == 1.5);
    CHECK(parse_number("-3e2") == -300.0);
    for (const char* text : {"", " 1", "1 ", "1x", "nan", "inf", "1e999", "0x1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_number(text));
    }
}

TEST_CASE("a_count_is_not_negative_and_fits") {
    CHECK(parse_count("18446744073709551615") == 18446744073709551615ULL);
    for (const char* text : {"", "-1", "+1", "1.0", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_count(text));
    }
}

TEST_CASE("splits_words_up_to_a_limit") {
    CHECK(split_words("  a \t b  c", 2) == std::vector<std::string_view>{"a", "b"});
    CHECK(split_words("", 5).empty());
}

TEST_CASE("takes_lines_with_or_without_a_last_newline") {
    std::string_view text = "one\n\ntwo";
    CHECK(take_line(text) == "one");
    CHECK(take_line(text).empty());
    CHECK(take_line(text) == "two");
    CHECK(text.empty());
}

TEST_CASE("a_pipe_is_no_file_and_holds_up_nobody") {
    const std::string path = "/tmp/opsmon-test-pipe-" + std::to_string(::getpid());
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    const auto content = read_file(path, 100);
    ::unlink(path.c_str());
    REQUIRE_FALSE(content);
    CHECK(content.error().message.find("pipe") != std::string::npos);
}

TEST_CASE("patterns_match_the_whole_name") {
    CHECK(matches_glob("eth*", "eth0"));
    CHECK(matches_glob("/mnt/*", "/mnt/a/b"));
    CHECK_FALSE(matches_glob("eth", "eth0"));
    CHECK_FALSE(matches_any_glob({}, "eth0"));
}

TEST_CASE("reading_a_file_says_what_is_wrong_with_it") {
    CHECK(read_file(OPSMON_FIXTURES "/proc/meminfo", 65536));
    CHECK(read_file("/does/not/exist", 10).error().message.find("/does/not/exist") !=
          std::string::npos);
    CHECK(read_file(OPSMON_FIXTURES "/proc/meminfo", 10).error().message.find("limit") !=
          std::string::npos);
}
