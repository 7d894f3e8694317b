#include <catch2/catch.hpp>

#include "core/text.hpp"

#include <string>

using namespace opsmon::core;

namespace {

template <std::size_t N>
std::string assigned(const std::string& source) {
    Text<N> text;
    text.assign(source.data(), source.size());
    return text.bytes;
}

} // namespace

TEST_CASE("keeps_a_text_that_fits", "[text]") {
    CHECK(assigned<8>("").empty());
    CHECK(assigned<8>("slot") == "slot");
    CHECK(assigned<8>("exactly") == "exactly");
}

TEST_CASE("cuts_a_long_text_and_terminates_it", "[text]") {
    CHECK(assigned<8>("too long a text") == "too lon");
    CHECK(assigned<2>("ab") == "a");
}

TEST_CASE("never_cuts_inside_a_utf8_character", "[text]") {
    CHECK(assigned<8>("abcdef\xC3\xA4") == "abcdef");         // ä would end at byte 8
    CHECK(assigned<9>("abcdef\xC3\xA4") == "abcdef\xC3\xA4"); // and fits here
    CHECK(assigned<8>("abcd\xE2\x82\xAC") == "abcd\xE2\x82\xAC");
    CHECK(assigned<8>("abcde\xE2\x82\xAC") == "abcde");
    CHECK(assigned<8>("abcd\xF0\x9F\x98\x80") == "abcd");
    CHECK(assigned<8>("\x80\x80\x80\x80\x80\x80\x80\x80\x80").empty()); // continuation bytes only
}

TEST_CASE("nothing_is_an_empty_text", "[text]") {
    Text<8> text;
    text.assign("x");
    text.assign(nullptr);
    CHECK(text.empty());
}

TEST_CASE("compares_by_content_up_to_the_terminator", "[text]") {
    Name a;
    Name b;
    std::memset(&a, 1, sizeof a);
    std::memset(&b, 2, sizeof b);
    a.assign("same");
    b.assign("same");
    CHECK(a.equals(b));
    b.assign("other");
    CHECK_FALSE(a.equals(b));
}
