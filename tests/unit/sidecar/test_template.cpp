#include <catch2/catch.hpp>

#include <cmath>

#include "rules/template.hpp"
#include "support/series.hpp"

#include <limits>

using namespace opsmon;
using rules::add_definitions;
using rules::Template;
using rules::TemplateContext;
using rules::TemplateDefinitions;
using rules::TemplateDialect;
using rules::TemplateMoment;
using rules::TemplateValue;

namespace {

TemplateContext context() {
    const auto labels =
        TemplateValue::map_of(test::labels("m{a=\"1\",host=\"db-1:5432\",s=\"x y\"}"));
    TemplateContext out;
    out.data = TemplateValue::record({{"Labels", labels}, {"Value", 1234567.891}});
    out.variables = {{"$labels", labels}, {"$value", 1234567.891}};
    out.external_url = "http://p:9090/x";
    out.query = [](const std::string& text) -> Result<promql::Vector> {
        if (text == "bad") {
            return Error{"1:1: parse error"};
        }
        if (text == "nan") {
            return promql::Vector{{test::labels("n{a=\"2\"}"), std::nan("")}};
        }
        if (text != "n") {
            return promql::Vector{};
        }
        return promql::Vector{{test::labels("n{a=\"1\"}"), 0.000123},
                              {test::labels("n{a=\"0\"}"), 98765432100.0}};
    };
    return out;
}

std::string expand(const std::string& text) {
    const auto parsed = Template::parse(text, TemplateDialect::Rule);
    return parsed ? parsed->expand(context()) : "fault: " + parsed.error().message;
}

std::string fault(const std::string& text, TemplateDialect dialect = TemplateDialect::Rule) {
    const auto parsed = Template::parse(text, dialect);
    return parsed ? "" : parsed.error().message;
}

} // namespace

// Every expectation here was also given to Prometheus 2.42, which agrees.
TEST_CASE("templates_give_what_prometheus_gives", "[template]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"plain { } text", "plain { } text"},
        {"{{ $value }}", "1.234567891e+06"},
        {"{{ $value | humanize }}", "1.235M"},
        {"{{ .Value | humanize1024 }}", "1.177Mi"},
        {"{{ $labels.a }}-{{ .Labels.host }}-{{ $labels.missing }}|", "1-db-1:5432-|"},
        {"{{ $labels }}", "map[__name__:m a:1 host:db-1:5432 s:x y]"},
        {"{{ .Labels.host | stripPort }} {{ \"[::1]:80\" | stripPort }} {{ \"::1\" | stripPort }}",
         "db-1 ::1 ::1"},
        {"{{ if gt $value 5.0 }}big{{ else }}small{{ end }}", "big"},
        {"{{ range query \"nan\" }}{{ gt .Value 5.0 }} {{ ge .Value 5.0 }} {{ lt .Value 5.0 }} {{ "
         "le .Value "
         "5.0 }}{{ end }}",
         "true true false false"}, // gt is "not le" there
        {"{{ if eq $labels.a \"2\" }}two{{ else if eq $labels.a \"1\" \"3\" }}one{{ else }}x{{ end "
         "}}",
         "one"},
        {"{{ with $x := $labels.a }}{{ $x }}{{ . }}{{ end }}{{ with \"\" }}no{{ else }}empty{{ end "
         "}}",
         "11empty"},
        {"{{ range query \"n\" }}[{{ .Labels.a }}={{ .Value }}]{{ end }}",
         "[1=0.000123][0=9.87654321e+10]"},
        {"{{ range $i, $e := query \"n\" }}{{ $i }}:{{ $e.Labels.a }} {{ end }}", "0:1 1:0 "},
        {"{{ range query \"none\" }}x{{ else }}none{{ end }}", "none"},
        {"{{ query \"n\" | sortByLabel \"a\" | first | label \"a\" }}", "0"},
        {"{{ (query \"n\" | first).Labels.a }}", "1"},
        {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"},
        {"{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}",
         "__name__=m;a=1;host=db-1:5432;s=x y;"},
        {"a  {{- \" b \" -}}  c", "a b c"},
        {"{{/* c */}}x {{- /* c */ -}} y", "xy"},
        {"{{ \"a\" | toUpper }}{{ \"B\" | toLower }}{{ title \"hello wOrld_x 2b-c\" }}",
         "AbHello WOrld_x 2b-C"},
        {"{{ match \"^d\" $labels.host }}{{ match \"z\" \"abc\" }}", "truefalse"},
        {"{{ reReplaceAll \"(\\\\w+)-(\\\\d)\" \"$2-${1}_$1x$$\" $labels.host }}", "1-db_$:5432"},
        {"{{ len $labels }} {{ len \"abc\" }} {{ len (query \"n\") }}", "4 3 2"},
        {"{{ index $labels \"a\" }}{{ index $labels \"zz\" }}|{{ (index (query \"n\") 0).Value }}",
         "1|0.000123"},
        {"{{ and 1 0 }}{{ or 0 \"x\" }}{{ not true }}{{ and true \"y\" }}", "0xfalsey"},
        {"{{ lt \"a\" \"b\" }}{{ le 1 1 }}{{ ge 2 3 }}{{ ne 1 2 }}", "truetruefalsetrue"},
        {"{{ 1000000.0 }} {{ 123456.0 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1e3 }} {{ -5 }}",
         "1e+06 123456 0.0001 1e-05 1000 -5"},
        {"{{ print 1 2 \"a\" 3 }}", "1 2a3"},
        {"{{ printf \"%s|%q|%v|%5d|%-5d|%05d|%x\" \"a\" \"q\\\"\\n\" true 42 42 42 255 }}",
         "a|\"q\\\"\\n\"|true|   42|42   |00042|ff"},
        {"{{ printf \"%.2f %f %e %g %8.3f|%+d %6.2f%%\" 3.14159 2.5 2.5 1e21 2.5 5 1.5 }}",
         "3.14 2.500000 2.500000e+00 1e+21    2.500|+5   1.50%"},
        {"{{ printf \"%d %s %z %t\" 1.5 2 3 true }}",
         "%!d(float64=1.5) %!s(int=2) %!z(int=3) true"},
        {"{{ printf \"%d %d\" 1 }}{{ printf \"%d\" 1 2 }}{{ printf \"%\" }}",
         "1 %!d(MISSING)1%!(EXTRA int=2)%!(NOVERB)"},
        {"{{ humanizeDuration 0.00123 }} {{ humanizeDuration 59.999 }} {{ humanizeDuration 60 }} "
         "{{ humanizeDuration -90061 }} {{ humanizeDuration 0 }}",
         "1.23ms 60s 1m 0s -1d 1h 1m 1s 0s"},
        {"{{ humanize 0.00123 }} {{ humanize 999.99 }} {{ humanize 0 }} {{ humanize \"12345\" }}",
         "1.23m 1000 0 12.35k"},
        {"{{ humanizePercentage 0.1234567 }}", "12.35%"},
        {"{{ humanizeTimestamp 1668000000 }} {{ humanizeTimestamp 1668000000.5 }}",
         "2022-11-09 13:20:00 +0000 UTC 2022-11-09 13:20:00.5 +0000 UTC"},
        {"{{ stripDomain \"db.example.com:5432\" }} {{ stripDomain \"10.0.0.1:80\" }} "
         "{{ stripDomain \"[::1]:80\" }} {{ stripDomain \"a.b\" }} {{ stripDomain \"a.b:\" }}",
         "db:5432 10.0.0.1:80 [::1]:80 a a"},
        {"{{ externalURL }} {{ pathPrefix }} {{ graphLink \"up == 0\" }} {{ tableLink \"é\" }}",
         "http://p:9090/x /x /graph?g0.expr=up+%3D%3D+0&g0.tab=0 "
         "/graph?g0.expr=%C3%A9&g0.tab=1"},
        {"{{ parseDuration \"1h30m\" }} {{ (args 1 \"b\").arg1 }} {{ html \"<a href='x'>&\" }} "
         "{{ urlquery \"a b/~\" }} {{ println 1 \"a\" }}{{ query \"n\" | first | strvalue }}|",
         "5400 b &lt;a href=&#39;x&#39;&gt;&amp; a+b%2F~ 1 a\n|"},
        {"{{ humanize \"+1500\" }}", "1.5k"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(expand(text) == expected);
    }
}

TEST_CASE("an_error_while_expanding_is_said_in_the_text", "[template]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{{ query \"none\" | first | value }}", "first() called on vector with no elements"},
        {"{{ query \"bad\" }}", "error calling query: 1:1: parse error"},
        {"x\n{{ .Foo }}", "2:4: can't evaluate field Foo"},
        {"{{ parseDuration \"5\" }}", "is not a duration"},
        {"{{ strvalue 1 }}", "expected a sample"},
        {"{{ $value.x }}", "can't evaluate field x in type float64"},
        {"{{ gt $value 5 }}", "incompatible types for comparison"},
        {"{{ humanize \"abc\" }}", "parsing \"abc\": invalid syntax"},
        {"{{ index (query \"n\") 7 }}", "index out of range: 7"},
        {"{{ range 5 }}{{ end }}", "range can't iterate over int"},
        {"{{ toUpper 1 }}", "expected string; got int"},
        {"{{ toUpper }}", "wrong number of args for toUpper"},
        {"{{ \"x\" \"y\" }}", "can't give argument to non-function"},
        {"{{ reReplaceAll \"(\" \"\" \"x\" }}", "error parsing regexp"},
        {"{{ humanizeTimestamp 1e30 }}", "overflows int64"},
        {"{{ nil }}", "1:4: nil is not a command"},
        {"{{ $x := (nil) }}", "nil is not a command"},
        {"{{ $x = 1 }}", "undefined variable: $x"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(expand(text), Catch::StartsWith("<error expanding template: ") &&
                                     Catch::Contains(expected) && Catch::EndsWith(">"));
    }
}

TEST_CASE("faulty_templates_are_refused_with_their_place", "[template]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{{ foo }}", "1:4: parse error: function \"foo\" is not defined"},
        {"a\n{{ $x }}", "2:4: parse error: undefined variable \"$x\""},
        {"{{ with $x := 1 }}{{ end }}{{ $x }}", "undefined variable \"$x\""},
        {"{{ if true }}", "1:1: parse error: {{if}} without its {{end}}"},
        {"{{ if }}x{{ end }}", "missing value for command"},
        {"{{ end }}", "unexpected {{end}}"},
        {"{{ if 1 }}{{ else }}{{ else }}{{ end }}", "unexpected {{else}}"},
        {"{{ . ", "1:1: parse error: unclosed action"},
        {"{{ \"a }}", "unterminated quoted string"},
        {"{{/* x }}", "unclosed comment"},
        {"{{ 1 | 2 }}", "non executable command in pipeline"},
        {"{{ (1 }}", "unclosed left parenthesis"},
        {"{{ 1x }}", "bad number syntax"},
        {"{{ \"a\"\"b\" }}", "in operand"},
        {"{{ template \"x\" . }}", "template \"x\" is not defined"},
        {"{{ break }}", "1:4: parse error: {{break}} outside {{range}}"},
        {"{{ range . }}{{ else }}{{ continue }}{{ end }}", "{{continue}} outside {{range}}"},
        {"{{ range . }}{{ block \"b\" . }}{{ break }}{{ end }}{{ end }}", "outside {{range}}"},
        {"{{ range . }}{{ break 1 }}{{ end }}", "unexpected \"1\" in {{break}}"},
        {"{{ define \"x\" }}{{ $labels }}{{ end }}", "undefined variable \"$labels\""},
        {"{{ define \"x\" }}a{{ end }}{{ block \"x\" . }}b{{ end }}",
         "multiple definition of template \"x\""},
        {"{{ tmpl \"x\" . }}", "1:4: parse error: function \"tmpl\" is not defined"},
        {"{{ 08 }}", "bad number syntax: \"08\""},
        {"{{ 0x }}", "bad number syntax: \"0x\""},
        {"{{ 1__0 }}", "bad number syntax"},
        {"{{ 9223372036854775808 }}", "bad number syntax"},
        {"{{ 1i }}", "bad number syntax"},
        {"{{ '' }}", "malformed character constant"},
        {"{{ 'ab' }}", "1:4: parse error: malformed character constant: 'ab'"},
        {"{{ 'a }}", "character constant: unterminated"},
        {"\xff", "invalid UTF-8"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
    CHECK_THAT(fault("{{ query \"n\" }}", TemplateDialect::Notification),
               Catch::Contains("\"query\" is not defined"));
    CHECK_THAT(fault("{{ $labels.a }}", TemplateDialect::Notification),
               Catch::Contains("undefined variable \"$labels\""));
}

TEST_CASE("functions_of_alertmanager_are_refused_in_rules_and_known_in_notifications",
          "[template]") {
    for (const std::string text :
         {"{{ join \", \" $ }}", "{{ stringSlice \"a\" \"b\" }}", "{{ \"a\" | trimSpace }}"}) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains("1:") && Catch::Contains("parse error: function") &&
                                    Catch::Contains("is not defined in rule files"));
        CHECK(fault(text, TemplateDialect::Notification).empty());
    }
    const auto joined = Template::parse("{{ join \", \" (stringSlice \"a\" \"b\") }}",
                                        TemplateDialect::Notification);
    REQUIRE(joined);
    CHECK(joined->expand(context()) == "a, b");
}

TEST_CASE("what_go_prints_differently_is_refused_when_it_is_loaded", "[template]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{{ printf \"%c\" 65 }}", "1:11: parse error: printf: \"%c\" is not supported"},
        {"{{ printf \"%d %5U\" 1 65 }}", "\"%5U\" is not supported"},
        {"{{ $value | printf \"%T\" }}", "\"%T\" is not supported"},
        {"{{ \"%T\" | printf }}", "\"%T\" is not supported"},
        {"{{ print (printf \"%#v\" 1) }}", "\"%#\" is not supported"},
        {"{{ printf \"%*d\" 3 1 }}", "\"%*\" is not supported"},
        {"{{ printf \"%[1]d\" 1 }}", "\"%[\" is not supported"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(fault(text), Catch::Contains(expected));
    }
    CHECK(expand("{{ printf \"100%%c %s\" \"%c\" }}") == "100%c %c");
    CHECK(expand("{{ print nil }}") == "<nil>");
}

TEST_CASE("output_work_and_nesting_are_bounded", "[template]") {
    std::string loops = "x";
    for (int i = 0; i < 20; ++i) {
        loops = "{{ range query \"n\" }}" + loops + "{{ end }}";
    }
    CHECK_THAT(expand(loops), Catch::Contains("more than 100000 steps"));
    std::string wide;
    for (int i = 0; i < 100; ++i) {
        wide += "{{ printf \"%1000d\" 1 }}";
    }
    CHECK_THAT(expand(wide), Catch::Contains("longer than 65536 bytes"));
    std::string doubled = "{{ $x := \"0123456789\" }}";
    for (int i = 0; i < 40; ++i) {
        doubled += "{{ $x = print $x $x }}";
    }
    CHECK_THAT(expand(doubled), Catch::Contains("print makes a text of more than 65536 bytes"));
    std::string deep;
    std::string parens = "{{ ";
    for (int i = 0; i < 200; ++i) {
        deep += "{{ if true }}";
        parens += "(";
    }
    parens += " }}";
    CHECK_THAT(fault(deep), Catch::Contains("nested deeper than 100"));
    CHECK_THAT(fault(parens), Catch::Contains("nested deeper than 100"));
}

TEST_CASE("templates_call_what_is_defined_in_files_and_in_the_text", "[template]") {
    TemplateDefinitions known;
    REQUIRE(add_definitions("{{ define \"a\" }}<{{ . }}>{{ end }}{{ define \"b\" }}{{ range . }}"
                            "{{ template \"a\" . }}{{ end }}{{ end }}",
                            known));
    CHECK(known.size() == 2);
    TemplateContext context;
    context.data = TemplateValue::label_set({{"x", "1"}, {"y", "2"}});
    const auto expand = [&](const std::string& text) {
        const auto parsed = Template::parse(text, TemplateDialect::Notification, known);
        return parsed ? parsed->expand(context) : "refused: " + parsed.error().message;
    };
    CHECK(expand("{{ template \"b\" . }}!") == "<1><2>!");
    CHECK(expand("{{ define \"a\" }}[{{ . }}]{{ end }}{{ template \"b\" . }}") == "[1][2]");
    CHECK(expand("{{ block \"c\" .x }}({{ . }}){{ end }}") == "(1)");
    CHECK(expand("{{ $v := \"o\" }}{{ template \"a\" $v }}{{ $v }}") == "<o>o");
    CHECK(expand("{{ (.Remove (stringSlice \"x\")).Values | join \",\" }}") == "2");
    CHECK(expand("{{ .SortedPairs.Names | join \",\" }}") == "x,y");
    CHECK_THAT(expand("{{ template \"nowhere\" }}"), Catch::Contains("is not defined"));
    CHECK_THAT(expand("{{ template x }}"), Catch::Contains("needs a name in quotes"));
    CHECK_THAT(expand("{{ if . }}{{ define \"d\" }}{{ end }}{{ end }}"),
               Catch::Contains("must not stand inside"));
    CHECK_THAT(expand("{{ define \"d\" }}"), Catch::Contains("without its {{end}}"));
    CHECK_THAT(expand("{{ define \"r\" }}{{ if . }}{{ template \"r\" . }}{{ end }}{{ end }}"
                      "{{ template \"r\" . }}"),
               Catch::Contains("call each other more than 100 deep"));
    CHECK_FALSE(Template::parse("{{ template \"a\" }}", TemplateDialect::Rule));
}

TEST_CASE("templates_that_surely_call_each_other_without_end_are_refused", "[template]") {
    const auto fault = [](const std::string& text) {
        const auto parsed = Template::parse(text, TemplateDialect::Notification);
        return parsed ? std::string() : parsed.error().message;
    };
    const auto define = [](const std::string& name, const std::string& text) {
        return "{{ define \"" + name + "\" }}" + text + "{{ end }}";
    };
    const std::string call_a = "{{ template \"a\" . }}";
    const std::string call_b = "{{ template \"b\" . }}";
    CHECK_THAT(fault(define("a", call_a)),
               Catch::Contains("in \"a\"") &&
                   Catch::Contains("template \"a\" would be called without end"));
    CHECK_THAT(fault(define("c", call_b) + define("b", "x" + call_a) + define("a", call_b)),
               Catch::Contains("without end"));
    CHECK(fault(define("b", call_a + call_a) + define("a", "x") + call_b + call_b).empty());
    CHECK(fault(define("a", "{{ if .x }}" + call_a + "{{ end }}") + call_a).empty());
    std::string chain = define("t0", "x");
    for (int i = 1; i < 20'000; ++i) {
        chain +=
            define("t" + std::to_string(i), "{{ template \"t" + std::to_string(i - 1) + "\" . }}");
    }
    CHECK(fault(chain).empty());
}

TEST_CASE("moments_are_written_in_gos_layouts", "[template]") {
    TemplateContext context;
    context.data =
        TemplateValue::record({{"StartsAt", TemplateMoment{"2026-11-04 15:04:09 +0000 UTC"}},
                               {"EndsAt", TemplateMoment{}},
                               {"Labels", TemplateValue::map({{"Format", "x"}})}});
    const auto expand = [&](const std::string& layout, const std::string& of = ".StartsAt") {
        return Template::parse("{{ " + of + ".Format \"" + layout + "\" }}",
                               TemplateDialect::Notification)
            ->expand(context);
    };
    CHECK(expand("2006-01-02 15:04:05") == "2026-11-04 15:04:09");
    CHECK(expand("2006-01-02T15:04:05Z07:00") == "2026-11-04T15:04:09Z");
    CHECK(expand("Mon, 02 Jan 2006 15:04:05 MST") == "Wed, 04 Nov 2026 15:04:09 UTC");
    CHECK(expand("Monday 2 January 06, 3:04 PM -0700") == "Wednesday 4 November 26, 3:04 PM +0000");
    CHECK(expand("02.01.2006 15:04") == "04.11.2026 15:04");
    CHECK(expand("15:04", ".EndsAt").empty());
    CHECK_THAT(expand("15:04:05.000"), Catch::Contains("not supported in this version"));
    CHECK_THAT(expand("15:04", ".Labels"), Catch::Contains("can't give argument to non-function"));
    CHECK(Template::parse("{{ .Labels.Format }}", TemplateDialect::Notification)->expand(context) ==
          "x");
}

TEST_CASE("a_range_can_be_left_and_gone_on_with", "[template]") {
    const std::string of = "{{ range $i, $s := query \"n\" }}";
    CHECK(expand(of + "{{ $i }}{{ break }}x{{ end }}!") == "0!");
    CHECK(expand(of + "{{ if eq $i 0 }}{{ continue }}{{ end }}{{ $i }}{{ end }}!") == "1!");
    CHECK(expand(of + "{{ range $labels }}{{ break }}{{ end }}{{ $i }}{{ end }}") == "01");
    CHECK(expand(of + "{{ with $y := 1 }}{{ break }}{{ end }}{{ end }}{{ range $labels }}{{ . }} "
                      "{{- end }}") == "m1db-1:5432x y");
    CHECK(expand(of + "{{ with 1 }}{{ else }}{{ end }}{{ break }}{{ else }}none{{ end }}").empty());
}

TEST_CASE("numbers_of_templates_are_written_as_in_go", "[template]") {
    CHECK(expand("{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ -0x_f }} {{ 1_000 }} {{ +5 }}") ==
          "31 3 15 15 -15 1000 5");
    CHECK(expand("{{ 0x1p4 }} {{ 1_0.5 }} {{ 1e3 }} {{ 0x1e }}") == "16 10.5 1000 30");
    CHECK(expand("{{ 'a' }} {{ '\\n' }} {{ 'é' }} {{ '\\'' }} {{ eq 'a' 97 }}") ==
          "97 10 233 39 true");
}

TEST_CASE("the_rest_of_gos_functions_works", "[template]") {
    CHECK(expand("{{ slice \"abcdef\" 1 3 }} {{ slice \"abc\" 1 }} {{ slice \"abc\" }}") ==
          "bc bc abc");
    CHECK(expand("{{ len (slice (query \"n\") 1) }}") == "1");
    CHECK_THAT(expand("{{ slice \"abc\" 4 }}"), Catch::Contains("index out of range: 4"));
    CHECK_THAT(expand("{{ slice \"abc\" 2 1 }}"), Catch::Contains("invalid slice index: 2 > 1"));
    CHECK_THAT(expand("{{ slice \"é\" 1 }}"), Catch::Contains("would cut a character in two"));
    CHECK_THAT(expand("{{ slice $value 1 }}"), Catch::Contains("can't slice item of type float64"));
    CHECK_THAT(expand("{{ call $labels }}"), Catch::Contains("error calling call: non-function"));
    CHECK(expand("{{ js \"<a href='x'>&=\\\"\\\\\\n é\" }}") ==
          "\\u003Ca href\\u003D\\'x\\'\\u003E\\u0026\\u003D\\\"\\\\\\u000A é");
    CHECK(expand("{{ js 1 2 \"a\" }}{{ html 1 2 }}{{ urlquery \"a\" \"b c\" }}") == "1 2a1 2ab+c");
    CHECK(
        expand(
            "{{ reReplaceAll \"(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)\" \"$10-$é$1\" \"abcdefghij\" }}") ==
        "j-a");
    CHECK_THAT(expand("{{ match \"\\\\C\" \"a\" }}"), Catch::Contains("error parsing regexp"));
}

TEST_CASE("a_time_of_rules_is_a_moment", "[template]") {
    CHECK(expand("{{ 1668000000.25 | toTime }}") == "2022-11-09 13:20:00.249 +0000 UTC");
    CHECK(expand("{{ (toTime \"1668000000\").Format \"15:04\" }}") == "13:20");
    CHECK(expand("{{ with toTime 0 }}{{ .UTC.String }}{{ end }}") ==
          "1970-01-01 00:00:00 +0000 UTC");
    CHECK_THAT(expand("{{ toTime \"NaN\" }}"), Catch::Contains("value is NaN or Inf"));
    CHECK_THAT(expand("{{ len (toTime 0) }}"), Catch::Contains("len of type *time.Time"));
    CHECK_THAT(expand("{{ (toTime 0).Unix }}"), Catch::Contains("can't evaluate field Unix"));
}

TEST_CASE("labels_of_rules_are_a_plain_map", "[template]") {
    for (const auto* name : {"Names", "Values", "SortedPairs", "Remove", "Format"}) {
        CAPTURE(name);
        CHECK(expand(std::string("[{{ $labels.") + name + " }}]") == "[]");
    }
    CHECK_THAT(expand("{{ $labels.Remove \"a\" }}"), Catch::Contains("can't give argument"));
    TemplateContext context;
    context.data = TemplateValue::record(
        {{"Map", TemplateValue::map({{"Names", "x"}})},
         {"Set", TemplateValue::label_set({{"Names", "x"}, {"alertname", "y"}})}});
    const auto expand = [&](const std::string& text) {
        return Template::parse(text, TemplateDialect::Notification)->expand(context);
    };
    CHECK(expand("{{ .Map.Names }}") == "x");
    CHECK(expand("{{ .Set.Names }}") == "[alertname Names]"); // a method goes before a label
}

TEST_CASE("rules_define_templates_of_their_own", "[template]") {
    CHECK(expand("{{ define \"a\" }}<{{ . }}>{{ end }}{{ template \"a\" $labels.a }}") == "<1>");
    CHECK_THAT(expand("{{ template \"a\" }}"), Catch::Contains("\"a\" is not defined"));
}

TEST_CASE("printf_has_the_width_and_the_signs_of_go", "[template]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"printf \"%8.3v|%+.2d|% d|%-5d|%05d\" 60 7 5 6 -7", "     060|+07| 5|6    |-0007"},
        {"printf \"%5.0d|%.3x|%-05d|\" 0 10 3", "     |00a|3    |"},
        {"printf \"%05s|%-05s|%05q|%05t\" \"a\" \"b\" \"c\" true", "0000a|b    |00\"c\"|0true"},
        {"printf \"%x|%X|% x|%.1x|%4x\" \"aé\" \"z\" \"ab\" \"ab\" \"a\"",
         "61c3a9|7A|61 62|61|  61"},
        {"printf \"%6.2f|%+f|%06.1f|% g\" 2.5 1.0 -2.5 1.5", "  2.50|+1.000000|-002.5| 1.5"},
        {"printf \"%05v|%+v|%-6v|\" (humanize \"1\") true 2.5", "00001|true|2.5   |"},
        {"printf \"%8.3G|%05t|%5d\" 60 60 \"a\"",
         "%!G(int=     060)|%!t(int=00060)|%!d(string=    a)"},
        {"printf \"%4s\" (args \"b\" 1)", "map[arg0:   b arg1:%!s(int=   1)]"},
        {"printf \"%5d\" nil", "%!d(<nil>)"},
        {"println \"\" \"a\" 1", " a 1\n"},
        {"printf \"%+v|%+5v\" 1e6 5", "1e+06|    5"},
        {"index \"ab\" 1", "98"},
        {"(args 1).arg5", "<no value>"},
        {"(query \"n\" | first)", "{map[__name__:n a:1] 0.000123}"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK(expand("{{ " + text + " }}") == expected);
    }
    for (const auto* text : {"printf \"%x\" 1.5", "printf \"%b\" 1.5", "printf \"%q\" 5",
                             "printf \"%+q\" \"a\"", "printf \"%d\" (toTime 0)"}) {
        CAPTURE(text);
        CHECK_THAT(expand(std::string("{{ ") + text + " }}"),
                   Catch::Contains("is not supported in this version"));
    }
}
