#include <catch2/catch.hpp>

#include "history/stale.hpp"
#include "rules/metric_text.hpp"
#include "rules/series_values.hpp"

#include <cmath>

using namespace opsmon;

namespace {

std::string shown(std::string_view text, std::size_t wanted = 100) {
    const auto values = rules::parse_series_values(text, wanted);
    if (!values) {
        return values.error().message;
    }
    std::string out;
    for (const auto& value : *values) {
        out += out.empty() ? "" : " ";
        if (!value) {
            out += "_";
        } else if (history::is_stale(*value)) {
            out += "stale";
        } else if (!std::isfinite(*value)) {
            out += std::isnan(*value) ? "nan" : *value > 0 ? "inf" : "-inf";
        } else {
            out += std::to_string(*value).substr(0, std::to_string(*value).find('.') + 3);
        }
    }
    return out;
}

} // namespace

// Each was also given to promtool 2.42, which agrees; so does tests/e2e/014_rules.pl.
TEST_CASE("series_values_are_expanded_as_promtool_does", "[rules]") {
    const std::vector<std::pair<std::string_view, std::string>> cases = {
        {"", ""},
        {"1", "1.00"},
        {" 1  2 ", "1.00 2.00"},
        {"1x2", "1.00 1.00 1.00"},
        {"0+10x3", "0.00 10.00 20.00 30.00"},
        {"1-2x2", "1.00 -1.00 -3.00"},
        {"+1+2x1 -1-2x1", "1.00 3.00 -1.00 -3.00"},
        {"0x1 _x2 _ 5", "0.00 0.00 _ _ _ 5.00"},
        {"1x0 _x0", "1.00"},
        {"1 stale 2", "1.00 stale 2.00"},
        {"1e2 .5 1. 1e+2x1", "100.00 0.50 1.00 100.00 100.00"},
        {"1 2\n", "1.00 2.00"},
        {"1e-400", "0.00"},
        {"NaN inf -Inf +iNF", "nan inf -inf inf"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(shown(text) == expected);
    }
    CHECK(shown("1x4000000000", 3) == "1.00 1.00 1.00");
    CHECK(shown("_x4000000000 1", 2) == "_ _");
}

TEST_CASE("faulty_series_values_are_refused_with_their_place", "[rules]") {
    for (const std::string_view text :
         {"1 x2", "1x",   "1x-1",   "1x2.5", "1,2",     "1x2y",  "_ x",    "Stale", "1+2",
          "1-2",  "1+x3", "1+-2x3", "--1",   "stalex3", "1 x 2", "1+ 2x3", "_x",    "_3",
          ".",    "1e",   "1x2x3",  "1 - 1", "1#2",     "1e999", "\xff",   "1\n2",  "\n1"}) {
        CAPTURE(text);
        CHECK_THAT(shown(text), Catch::StartsWith("1:") && Catch::Contains("in series values"));
    }
}

TEST_CASE("a_series_is_read_as_it_is_written_out", "[rules]") {
    const auto read = [](std::string_view text) {
        const auto labels = rules::parse_metric(text);
        return labels ? labels->to_string() : labels.error().message;
    };
    CHECK(read("m") == "m");
    CHECK(read("a:b{}") == "a:b");
    CHECK(read("{}") == "{}");
    CHECK(read("m{a=\"1\", b='\"',}") == "m{a=\"1\", b=\"\\\"\"}");
    CHECK(read("{__name__=\"m\",a=\"\"}") == "m");
    for (const std::string_view text :
         {"", "m{a=~\"1\"}", "m{a!=\"1\"}", "m{a=1}", "m{a}", "m{", "m n", "m{} offset 5m", "m[5m]",
          "m{a=\"1\" b=\"2\"}", "5", "m{5=\"1\"}", "\""}) {
        CAPTURE(text);
        CHECK_FALSE(rules::parse_metric(text));
    }
}

TEST_CASE("an_input_series_is_as_strict_as_promtool", "[rules]") {
    const auto read = [](std::string_view text) {
        const auto labels = rules::parse_input_series(text);
        return labels ? labels->to_string() : labels.error().message;
    };
    CHECK(read(" m{ a = \"1\", } ") == "m{a=\"1\"}");
    CHECK(read("by{on=\"#\"}") == "by{on=\"#\"}");
    for (const std::string_view text :
         {"{}", "m {a=\"1\"}", "m # c", "m#c", "m{a=\"1\"} #", "m\n", "\nm", "m{\na=\"1\"}",
          "m{a=\"1\",a=\"1\"}", "m{__name__=\"m\"}", "on", "bool", "Inf", "nan", "group_left",
          "atan2"}) {
        CAPTURE(text);
        CHECK_THAT(read(text), Catch::StartsWith("1:") && Catch::Contains("parse error"));
    }
    CHECK_THAT(rules::parse_metric("m{a=\"1\",a=\"2\"}").error().message,
               Catch::Contains("the label a stands there twice"));
    CHECK(rules::parse_metric("m {a=\"1\"} # of a query's answer"));
}
