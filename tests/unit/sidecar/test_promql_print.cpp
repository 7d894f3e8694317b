#include <catch2/catch.hpp>

#include "promql/expression.hpp"
#include "promql/print.hpp"

using namespace opsmon;

namespace {

std::string printed(const std::string& text) {
    const auto expression = promql::parse(text);
    return expression ? promql::print(expression->root()) : expression.error().message;
}

} // namespace

TEST_CASE("prints_an_expression_as_prometheus_does", "[promql]") {
    const std::pair<const char*, const char*> cases[] = {
        {"1e3", "1000"},
        {"vector( 3e-9 )", "vector(3e-09)"},
        {R"('a"b\n')", R"("a\"b\n")"},
        {"up{job='x' , a!=\"y\",}", R"(up{a!="y",job="x"})"},
        {"{__name__='up'}", R"({__name__="up"})"},
        {"1e6", "1e+06"},
        {"123456", "123456"},
        {"- 2", "-2"},
        {"+1e-5", "1e-05"},
        {"-(2)", "-(2)"},
        {"{__name__=~'u.*'}", R"({__name__=~"u.*"})"},
        {"sum(rate(x[90s]))by(b,a)", "sum by (b, a) (rate(x[1m30s]))"},
        {"sum without() (x)", "sum without () (x)"},
        {"topk(2,x)", "topk(2, x)"},
        {"a+on(x)group_left(y,z)b", "a + on (x) group_left (y, z) b"},
        {"a and ignoring(x)b", "a and ignoring (x) b"},
        {"a==bool 1", "a == bool 1"},
        {"(a+b)*-c", "(a + b) * -c"},
        {"x[1d:] offset 1w", "x[1d:] offset 1w"},
        {"x[25h]", "x[1d1h]"},
        {"x offset -8d @ 1.5", "x @ 1.500 offset -8d"},
        {"x[5m] @ end()", "x[5m] @ end()"},
        {"x[2h5s:300ms]", "x[2h5s:300ms]"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        const auto first = printed(text);
        CHECK(first == expected);
        CHECK(printed(first) == first);
    }
}
