#include <catch2/catch.hpp>

#include "support/shipped_rules.hpp"

using namespace opsmon;

std::vector<test::Expectation> test::request_expectations() {
    return {{"ServiceErrorRateHigh",
             "critical",
             60,
             {{"service_error_ratio{service=\"shop\"}", 0.25},
              {"service_request_rate{service=\"shop\"}", 40}},
             {"25% of the responses of shop", "40 requests per second", "/api/v1/requests"}},
            {"ServiceLogUnreadable",
             "warning",
             300,
             {{"service_log_followed{service=\"shop\"}", 0}},
             {"access log of shop", "adm"}},
            {"NginxStatusUnanswered",
             "warning",
             120,
             {{"service_nginx_up{service=\"shop\"}", 0}},
             {"status page of shop", "stub_status", "curl -i"}}};
}

TEST_CASE("alerts_of_requests_fire_and_say_what_to_do", "[rules][access_log]") {
    for (const auto& expected : test::request_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("a_few_errors_at_night_wake_nobody", "[rules][access_log]") {
    CHECK(test::alerts_after(600, {{"service_error_ratio{service=\"shop\"}", 1},
                                   {"service_request_rate{service=\"shop\"}", 0.1}})
              .empty());
    CHECK(test::alerts_after(600, {{"service_error_ratio{service=\"shop\"}", 0.01},
                                   {"service_request_rate{service=\"shop\"}", 1000}})
              .empty());
}
