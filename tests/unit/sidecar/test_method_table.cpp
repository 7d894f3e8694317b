#include <catch2/catch.hpp>

#include "web/method_table.hpp"

using opsmon::web::MethodTable;

namespace {

MethodTable table() {
    MethodTable out;
    out.add("/api/v1/query", "POST");
    out.add("/api/v1/query", "GET");
    out.add("/api/v1/label/([^/]+)/values", "GET");
    out.add("/page.js", "GET");
    out.add("/page.js", "HEAD");
    return out;
}

} // namespace

TEST_CASE("a_method_that_an_address_takes_goes_on", "[web]") {
    const auto methods = table();
    for (const auto& [method, path] : {std::pair{"GET", "/api/v1/query"},
                                       {"POST", "/api/v1/query"},
                                       {"GET", "/api/v1/label/job/values"},
                                       {"HEAD", "/page.js"}}) {
        CAPTURE(method, path);
        CHECK_FALSE(methods.judge(method, path));
    }
}

TEST_CASE("any_other_method_is_refused_with_those_that_are_taken", "[web]") {
    const auto methods = table();
    for (const char* method : {"HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PRI", ""}) {
        CAPTURE(method);
        const auto answer = methods.judge(method, "/api/v1/query");
        REQUIRE(answer);
        CHECK(answer->status == 405);
        CHECK(answer->allow == "GET, OPTIONS, POST");
        CHECK(answer->text.find("GET, OPTIONS, POST") != std::string::npos);
    }
    const auto of_pattern = methods.judge("POST", "/api/v1/label/job/values");
    REQUIRE(of_pattern);
    CHECK(of_pattern->allow == "GET, OPTIONS");
    CHECK(methods.judge("POST", "/page.js")->allow == "GET, HEAD, OPTIONS");
}

TEST_CASE("options_says_what_is_taken_and_below_prometheus_api_is_taken_everywhere", "[web]") {
    const auto methods = table();
    const auto known = methods.judge("OPTIONS", "/page.js");
    REQUIRE(known);
    CHECK(known->status == 204);
    CHECK(known->allow == "GET, HEAD, OPTIONS");
    CHECK(known->text.empty());
    const auto unknown = methods.judge("OPTIONS", "/api/v1/nothing");
    REQUIRE(unknown);
    CHECK(unknown->status == 204);
    CHECK(unknown->allow.empty());
}

TEST_CASE("an_address_that_nobody_has_added_is_not_judged", "[web]") {
    const auto methods = table();
    for (const char* path : {"/", "/api/v1/quer", "/api/v1/query/", "/api/v1/label//values",
                             "/api/v1/label/a/b/values", "/pagexjs", "*", ""}) {
        CAPTURE(path);
        CHECK_FALSE(methods.judge("PUT", path));
    }
    CHECK_FALSE(methods.judge("OPTIONS", "/nothing"));
    CHECK_FALSE(MethodTable().judge("PUT", "/"));
}
