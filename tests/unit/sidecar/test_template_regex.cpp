#include <catch2/catch.hpp>

#include "rules/template.hpp"
#include "rules/template_regex.hpp"

using namespace opsmon;
using rules::TemplateRegexes;

TEST_CASE("a_regex_of_a_template_is_compiled_once", "[template]") {
    TemplateRegexes regexes;
    rules::TemplateContext context;
    context.regexes = &regexes;
    const auto text = rules::Template::parse(
        "{{ reReplaceAll \"[^a-z]\" \"_\" \"a b\" }}{{ match \"[^a-z]\" \"a\" }}",
        rules::TemplateDialect::Rule);
    REQUIRE(text);
    CHECK(text->expand(context) == "a_bfalse");
    CHECK(text->expand(context) == "a_bfalse");
    CHECK(regexes.size() == 1);
}

TEST_CASE("a_regex_that_is_none_is_said_to_be_none_each_time", "[template]") {
    TemplateRegexes regexes;
    for (int i = 0; i < 2; ++i) {
        const auto found = rules::regex_found(&regexes, "(", "x");
        REQUIRE_FALSE(found);
        CHECK_THAT(found.error().message, Catch::Contains("error parsing regexp"));
    }
    CHECK(regexes.size() == 0);
}

TEST_CASE("ever_new_patterns_do_not_pile_up", "[template]") {
    TemplateRegexes regexes;
    for (std::size_t i = 0; i < 10 * TemplateRegexes::kKeptMax; ++i) {
        const auto number = std::to_string(i);
        const auto replaced = rules::regex_replaced(&regexes, number + "$", "x", "a" + number);
        REQUIRE(replaced);
        CHECK(*replaced == "ax");
        CHECK(regexes.size() <= TemplateRegexes::kKeptMax);
    }
}
