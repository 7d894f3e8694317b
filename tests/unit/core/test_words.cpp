#include <catch2/catch.hpp>

#include "core/words.hpp"

#include <string>

using namespace opsmon::core;

namespace {

std::string size(Bytes bytes) {
    return size_in_words(bytes).bytes;
}
std::string span(TimeUs seconds) {
    return span_in_words(seconds * kUsPerSecond).bytes;
}

} // namespace

TEST_CASE("sizes_have_three_digits_at_most", "[words]") {
    CHECK(size(0) == "0 B");
    CHECK(size(512) == "512 B");
    CHECK(size(1000) == "1000 B");
    CHECK(size(1024) == "1 KiB");
    CHECK(size(1536) == "1.5 KiB");
    CHECK(size(Bytes{37} << 30) == "37 GiB");
    CHECK(size((Bytes{71} << 30) + (Bytes{512} << 20)) == "71.5 GiB");
    CHECK(size(Bytes{5} << 38) == "1.25 TiB");
    CHECK(size((Bytes{1} << 20) + (Bytes{1} << 14)) == "1.02 MiB");
    CHECK(size((Bytes{1} << 30) + (Bytes{52} << 20)) == "1.05 GiB");
}

TEST_CASE("rounding_never_shows_1024_of_a_unit", "[words]") {
    CHECK(size((Bytes{1} << 20) - 1) == "1 MiB");
    CHECK(size((Bytes{1} << 40) - 1) == "1 TiB");
}

TEST_CASE("the_largest_size_there_is_has_words", "[words]") {
    CHECK(size(UINT64_MAX) == "16 EiB");
}

TEST_CASE("spans_have_two_parts_as_long_as_they_say_something", "[words]") {
    CHECK(span(0) == "0 s");
    CHECK(span(-5) == "0 s");
    CHECK(span(59) == "59 s");
    CHECK(span(60) == "1 min");
    CHECK(span(42 * 60) == "42 min");
    CHECK(span(9 * 60 + 7) == "9 min 7 s");
    CHECK(span(10 * 60 + 7) == "10 min");
    CHECK(span(3 * 3600) == "3 h");
    CHECK(span(3 * 3600 + 20 * 60 + 5) == "3 h 20 min");
    CHECK(span(3 * 3600 + 5) == "3 h");
    CHECK(span(2 * 86400 + 3600) == "2 d 1 h");
    CHECK(span_in_words(1'500'000).bytes == std::string("2 s"));
}

TEST_CASE("words_that_do_not_fit_are_cut_between_characters", "[words]") {
    Words<8> words;
    words.add("abcde").add("ää");
    CHECK(std::string(words.text().bytes) == "abcdeä");
    words.add("x");
    CHECK(std::string(words.text().bytes) == "abcdeä");
    Words<8> one;
    one.add("abcdefghij");
    CHECK(std::string(one.text().bytes) == "abcdefg");
}

TEST_CASE("what_was_typed_is_put_on_one_line", "[words]") {
    const auto on_one_line = [](std::string text) {
        put_on_one_line(text.data());
        return text;
    };
    CHECK(on_one_line("") == "");
    CHECK(on_one_line("moved, see #7") == "moved, see #7");
    CHECK(on_one_line("a\nFATAL: b\r\t\033[31m\x7f") == "a FATAL: b   [31m ");
    CHECK(on_one_line("a\xc2\x9b"
                      "31m") == "a  31m");
    CHECK(on_one_line("\xc2\xa0\xc3\x9f\xec\x9b\x90") == "\xc2\xa0\xc3\x9f\xec\x9b\x90");
    CHECK(on_one_line("\xc2") == "\xc2");
}
