#include "support/shipped_rules.hpp"

#include <catch2/catch.hpp>

using namespace opsmon;

TEST_CASE("a_certificate_that_expires_soon_or_has_expired_is_told", "[rules]") {
    for (const double expiry : {1000.0, 14 * 86400.0, -5.0}) {
        test::check({"TlsCertificateExpiresSoon",
                     "warning",
                     60,
                     {{"service_tls_expiry_timestamp_seconds{service=\"api\"}", expiry}},
                     {"certificate of api", "14 days", "openssl s_client", "/api/v1/probes"}});
    }
}

TEST_CASE("a_certificate_with_time_left_is_no_alert", "[rules]") {
    CHECK(test::alerts_after(
              70, {{"service_tls_expiry_timestamp_seconds{service=\"api\"}", 15 * 86400.0}})
              .empty());
}
