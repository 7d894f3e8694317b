#include <catch2/catch.hpp>

#include "notify/matchers.hpp"
#include "support/series.hpp"

using namespace opsmon;

namespace {

std::string read(const std::string& text) {
    const auto parsed = notify::parse_matchers(text);
    return parsed ? notify::to_string(*parsed) : "error: " + parsed.error().message;
}

} // namespace

TEST_CASE("matchers_are_read_as_alertmanager_reads_them", "[notify][matchers]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a=b", R"({a="b"})"},
        {R"({a="b",c!="d", e=~"f|g" ,h!~i})", R"({a="b",c!="d",e=~"f|g",h!~"i"})"},
        {"", "{}"},
        {"{}", "{}"},
        {"a=", R"({a=""})"},
        {"a = b c ", R"({a="b c"})"},
        {"a=b,", R"({a="b"})"},
        {"{a=b", R"({a="b"})"},
        {"a==b", R"({a="=b"})"},
        {"a=~~b", R"({a=~"~b"})"},
        {R"(a="x,\"y\"")", R"({a="x,\"y\""})"},
        {R"(a="one\ntwo\\\d")", "{a=\"one\\ntwo\\\\\\\\d\"}"},
        {R"(a=\"x)", R"({a="\"x"})"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(read(text) == expected);
    }
    for (const auto* text :
         {",a=b", "a=\"b", "a=b\"c", "a=~\"(\"", "foo bar=x", "a", "=b", "1a=b"}) {
        CAPTURE(text);
        CHECK_THAT(read(text), Catch::StartsWith("error: "));
    }
}

TEST_CASE("all_matchers_of_a_list_have_to_match", "[notify][matchers]") {
    const auto labels = test::labels("{a=\"b\",c=\"d\"}");
    const auto matches = [&](const std::string& text) {
        return notify::matches(*notify::parse_matchers(text), labels);
    };
    CHECK(matches(""));
    CHECK(matches("a=b,c=~\"d|e\""));
    CHECK_FALSE(matches("a=b,c=e"));
    CHECK(matches("x=\"\"")); // absent
    CHECK(matches("x!=y"));
    CHECK_FALSE(matches("a=~\"\""));
    CHECK_FALSE(matches("c=~\"\\\"\"")); // the whole value
}
