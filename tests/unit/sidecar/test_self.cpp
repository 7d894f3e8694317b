#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/self.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("reads_the_facts_of_a_process_whose_name_holds_brackets") {
    const auto text = read_file(OPSMON_FIXTURES "/proc/self/stat", 65536);
    const auto facts = parse_process_stat(*text, 1000, 100, 4096);
    REQUIRE(facts);
    CHECK(facts->cpu_seconds == 2.0);
    CHECK(facts->start_time == 2000.0);
    CHECK(facts->resident_bytes == 2500.0 * 4096);
}

TEST_CASE("process_text_that_is_broken_is_an_error") {
    CHECK_FALSE(parse_process_stat("", 0, 100, 4096));
    CHECK_FALSE(parse_process_stat("1 (a) S 1 2 3", 0, 100, 4096));
    CHECK_FALSE(parse_process_stat("1 a S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", 0,
                                   100, 4096));
    CHECK_FALSE(parse_process_stat(
        "1 (a) S 1 2 3 4 5 6 7 8 9 10 -11 12 13 14 15 16 17 18 19 20 21 22", 0, 100, 4096));
}

TEST_CASE("the_sidecar_knows_its_own_process") {
    const ProcessFacts facts = read_process("/proc");
    CHECK(facts.resident_bytes.value_or(0) > 0);
    CHECK(facts.start_time.value_or(0) > 0);
    CHECK(facts.open_fds.value_or(0) > 2);
}

TEST_CASE("every_receiver_has_its_three_outcomes_and_its_attempts") {
    SelfFacts facts;
    facts.receivers = {{"team", "slack/0", 3, 2, 1, 9, {{"refused", 2}, {"unavailable", 4}}}};
    metrics::HistogramValue latency({1});
    latency.observe(0.5);
    facts.notification_latency.emplace("team", latency);
    std::string outcomes;
    std::string attempts;
    const metrics::SampleList list = describe_self(facts);
    for (const metrics::Sample& sample : list.samples()) {
        if (metrics::kCatalog[sample.metric].name == "opsmon_notifications_total") {
            outcomes += sample.label_values[2] + '=' + std::to_string(int(sample.value)) + ' ';
        } else if (metrics::kCatalog[sample.metric].name.starts_with("opsmon_notification_req")) {
            attempts += sample.label_values.back() + '=' + std::to_string(int(sample.value)) + ' ';
        } else if (metrics::kCatalog[sample.metric].name == "opsmon_notification_latency_seconds") {
            CHECK(sample.histogram->count() == 1);
        }
    }
    CHECK(outcomes == "sent=3 failed=2 dropped=1 ");
    CHECK(attempts == "slack/0=9 refused=2 unavailable=4 ");
}
