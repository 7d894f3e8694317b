#include "support/shipped_rules.hpp"

#include <catch2/catch.hpp>

using namespace opsmon;

std::vector<test::Expectation> test::probe_expectations() {
    std::vector<Expectation> out;
    for (const double expiry : {1000.0, 14 * 86400.0, -5.0}) {
        out.push_back({"TlsCertificateExpiresSoon",
                       "warning",
                       60,
                       {{"service_tls_expiry_timestamp_seconds{service=\"api\"}", expiry}},
                       {"certificate of api", "14 days", "openssl s_client", "/api/v1/probes"}});
    }
    return out;
}

TEST_CASE("a_certificate_that_expires_soon_or_has_expired_is_told", "[rules]") {
    for (const auto& expected : test::probe_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("a_certificate_with_time_left_is_no_alert", "[rules]") {
    CHECK(test::alerts_after(
              70, {{"service_tls_expiry_timestamp_seconds{service=\"api\"}", 15 * 86400.0}})
              .empty());
}
