#include "config/load.hpp"

#include <catch2/catch.hpp>

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

config::SlonyRemedy read(const std::string& text) {
    auto loaded = config::parse_config("slony: {remedy: {" + text + "}}", "opsmon.yml");
    REQUIRE(loaded);
    return loaded->slony.remedy;
}

std::string faults_of(const std::string& text) {
    const auto loaded = config::parse_config("slony: {remedy: {" + text + "}}", "opsmon.yml");
    return loaded ? "" : loaded.error().message;
}

} // namespace

TEST_CASE("the_remedy_only_observes_unless_it_is_told_to_act", "[config][slony_remedy]") {
    CHECK(config::parse_config("{}", "opsmon.yml")->slony.remedy.mode ==
          config::RemedyMode::Observe);
    CHECK(read("") == config::SlonyRemedy());
    CHECK(read("mode: enforce").mode == config::RemedyMode::Enforce);
    CHECK(read("mode: \"off\"").mode == config::RemedyMode::Off);
    CHECK(read("mode: off").mode == config::RemedyMode::Off);
}

TEST_CASE("the_limits_of_the_remedy_are_read", "[config][slony_remedy]") {
    const auto remedy = read("minimum_silence: 2h, minimum_watch: 1h, probe_interval: 1m, "
                             "minimum_probes: 30, held_percent: 20, full_within: 3h, free_floor: "
                             "1GiB, forwarders: [{cluster: production, conninfo: host=db3}]");
    CHECK(remedy.minimum_silence == 2h);
    CHECK(remedy.minimum_watch == 1h);
    CHECK(remedy.probe_interval == 1min);
    CHECK(remedy.minimum_probes == 30);
    CHECK(remedy.held_percent == 20);
    CHECK(remedy.full_within == 3h);
    CHECK(remedy.free_floor_bytes == 1UL << 30);
    CHECK(remedy.forwarders == std::vector<config::SlonyForwarder>{{"production", "host=db3"}});
}

TEST_CASE("faults_of_the_remedy_are_told_with_their_key", "[config][slony_remedy]") {
    CHECK_THAT(faults_of("mode: act"),
               Catch::Contains("slony.remedy.mode") && Catch::Contains("off, observe or enforce"));
    CHECK_THAT(faults_of("minimum_silence: 1ms"), Catch::Contains("slony.remedy.minimum_silence"));
    CHECK_THAT(faults_of("minimum_probes: 1"), Catch::Contains("slony.remedy.minimum_probes"));
    CHECK_THAT(faults_of("held_percent: 0"), Catch::Contains("slony.remedy.held_percent"));
    CHECK_THAT(faults_of("free_floor: 0MiB"), Catch::Contains("slony.remedy.free_floor"));
    CHECK_THAT(faults_of("expendable: [2]"), Catch::Contains("slony.remedy.expendable"));
    CHECK_THAT(faults_of("forwarders: [{cluster: x}]"),
               Catch::Contains("needs a cluster and a conninfo"));
    const std::string secret =
        faults_of("forwarders: [{cluster: x, conninfo: 'host=a password=geheim'}]");
    CHECK_THAT(secret, Catch::Contains("password") && !Catch::Contains("geheim"));
}
