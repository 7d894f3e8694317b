#include <catch2/catch.hpp>

#include "metrics/label_value.hpp"

using opsmon::metrics::clean_label_value;

TEST_CASE("valid_text_passes_unchanged") {
    CHECK(clean_label_value("standby \"1\"\n\\") == "standby \"1\"\n\\");
    CHECK(clean_label_value("\xED\x95\x9C\xEA\xB8\x80 \xF0\x9F\x98\x80") ==
          "\xED\x95\x9C\xEA\xB8\x80 \xF0\x9F\x98\x80");
    CHECK(clean_label_value("") == "");
}

TEST_CASE("each_invalid_byte_becomes_a_replacement_character") {
    const std::string replaced = "\xEF\xBF\xBD";
    CHECK(clean_label_value("\xFF") == replaced);
    CHECK(clean_label_value("a\x80z") == "a" + replaced + "z");
    CHECK(clean_label_value("\xC0\xAF") == replaced + replaced);                // overlong
    CHECK(clean_label_value("\xED\xA0\x80") == replaced + replaced + replaced); // surrogate
    CHECK(clean_label_value("\xF4\x90\x80\x80").size() == 12);                  // above U+10FFFF
    CHECK(clean_label_value("\xE2\x82") == replaced + replaced);                // cut short
}

TEST_CASE("a_long_text_is_cut_between_characters") {
    CHECK(clean_label_value(std::string(1000, 'x')).size() == 128);
    const std::string cut = clean_label_value("ab\xE2\x82\xAC", 4);
    CHECK(cut == "ab");
    CHECK(clean_label_value("\xFF\xFF", 4) == "\xEF\xBF\xBD");
}
