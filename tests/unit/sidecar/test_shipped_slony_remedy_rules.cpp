#include "support/shipped_rules.hpp"

#include <catch2/catch.hpp>

using namespace opsmon;

namespace {

std::string event(const std::string& action, const std::string& outcome) {
    return "slony_remedy_event_timestamp_seconds{datname=\"app\",cluster=\"production\",action=\"" +
           action + "\",outcome=\"" + outcome + "\"}";
}

} // namespace

std::vector<test::Expectation> test::slony_remedy_expectations() {
    return {
        {"SlonyNodeDropped",
         "info",
         0,
         {{"slony_remedy_last_drop_timestamp_seconds{datname=\"app\",cluster=\"production\"}", 0}},
         {"A dead node of the Slony cluster production was dropped",
          "SELECT * FROM opsmon_slony.ledger", "must never start again"}},
        {"SlonyRemedyFailed",
         "critical",
         0,
         {{event("drop", "failed"), 0}},
         {"could not be dropped", "tries again each minute", "/api/v1/slony"}},
        {"SlonyRemedyFailed",
         "critical",
         0,
         {{event("clean_up", "failed"), 0}},
         {"was dropped, and that made no room", "the logs did not fall"}},
    };
}

TEST_CASE("what_the_remedy_did_or_could_not_do_is_told", "[rules][slony_remedy]") {
    for (const auto& expected : test::slony_remedy_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("what_the_remedy_only_would_do_or_refused_is_no_alert", "[rules][slony_remedy]") {
    CHECK(test::alerts_after(60, {{event("drop", "would"), 0},
                                  {event("drop", "refused"), 0},
                                  {event("drop", "failed"), -3600}})
              .empty());
}
