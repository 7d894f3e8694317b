#include <catch2/catch.hpp>

#include "promql/go_regex.hpp"

using namespace opsmon;
using promql::GoRegex;

TEST_CASE("a_regex_that_go_refuses_is_refused", "[promql]") {
    for (const auto* pattern : {"\\C", "a\\C", "\\\\\\C", "(?P<é>a)", "(", "a**", "\\Z", "(?=a)"}) {
        CAPTURE(pattern);
        CHECK_FALSE(GoRegex::anywhere(pattern).ok());
    }
    for (const auto* pattern : {"\\Q\\C\\E", "\\\\C", "\\QC", "[[:word:]]", "\\pL"}) {
        CAPTURE(pattern);
        CHECK(GoRegex::anywhere(pattern).ok());
    }
}

TEST_CASE("a_hostile_expression_takes_linear_time", "[promql][limits]") {
    // Each of these takes a backtracking matcher longer than the age of the universe.
    const std::string text = std::string(100'000, 'a') + "!";
    for (const auto* pattern : {"(a+)+", "(a|a)*", "(a|aa)+", "(.*)*x", "([a-z]+)*y"}) {
        CAPTURE(pattern);
        CHECK_FALSE(GoRegex::whole(pattern)->found(text));
    }
    std::string optional;
    for (int i = 0; i < 30; ++i) {
        optional += "a?";
    }
    CHECK_FALSE(GoRegex::whole(optional + "b")->found(std::string(30, 'a')));
    CHECK_FALSE(GoRegex::anywhere("((a{1000}){1000}){1000}").ok()); // nor does it take memory
}

TEST_CASE("a_regex_for_the_whole_text_stands_in_a_group", "[promql]") {
    CHECK_FALSE(GoRegex::whole("\\Qa").ok()); // it would quote the end of the group
    CHECK(GoRegex::whole("a)|(b").ok());
    CHECK_FALSE(GoRegex::whole_and_itself("a)|(b").ok());
    CHECK(GoRegex::whole_and_itself("(a)|b")->found("b"));
    CHECK_FALSE(GoRegex::whole_and_itself("(a)|b")->found("ba"));
}

TEST_CASE("a_replacement_is_written_as_in_go", "[promql]") {
    const auto first = [](const std::string& pattern, const std::string& replacement) {
        return GoRegex::whole(pattern)->expand_first("ab", replacement).value_or("no match");
    };
    CHECK(first("(.)(.)", "$2-${1}x-$$-$3") == "b-ax-$-");
    CHECK(first("(.)(.)", "$1x ${1") == " ${1"); // the name is 1x
    CHECK(first("(.).", "$é|${é}|$1é") == "||");
    CHECK(first("(.).", "$ $- ${} $") == "$ $- ${} $");
    CHECK(first("(?P<01>.).", "$01 $1") == "a a");
    CHECK(first("(?P<n>.).", "${n}$n") == "aa");
    CHECK(first("(.).", "$100000000$99999999999999999999") == "");
    CHECK(first("(.)", "x") == "no match");
}

TEST_CASE("all_matches_are_replaced_as_go_finds_them", "[promql]") {
    const auto all = [](const std::string& pattern, const std::string& replacement,
                        const std::string& text) {
        return GoRegex::anywhere(pattern)->replace_all(text, replacement);
    };
    CHECK(all("a*", "x", "baac") == "xbxcx");
    CHECK(all("", "-", "é1") == "-é-1-");
    CHECK(all("^a", "x", "aaa") == "xaa");
    CHECK(all("\\bb", "x", "bb b") == "xb x");
    CHECK(all("(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$10$1", "abcdefghij") == "ja");
    CHECK(all("z", "x", "") == "");
}
