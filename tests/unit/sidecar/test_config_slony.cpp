#include <catch2/catch.hpp>

#include "config/load.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

std::string faults_of(const std::string& yaml) {
    const auto config = config::parse_config(yaml, "opsmon.yml");
    return config ? "" : config.error().message;
}

} // namespace

TEST_CASE("slony_is_watched_unless_it_is_turned_off", "[slony]") {
    const auto config = config::parse_config("", "opsmon.yml");
    REQUIRE(config);
    CHECK(config->slony.enabled);
    CHECK(config->slony.interval == 10s);
    CHECK(config->slony.discovery_interval == 5min);
    CHECK(config->slony.conninfo.empty());
    const auto off = config::parse_config("slony: {enabled: false}", "opsmon.yml");
    REQUIRE(off);
    CHECK_FALSE(off->slony.enabled);
}

TEST_CASE("every_key_of_slony_is_read", "[slony]") {
    const auto config = config::parse_config(
        "slony:\n  interval: 30s\n  discovery_interval: 1h\n  ignored_databases: ['test_*', old]\n"
        "  conninfo: host=/run/postgresql user=reader\n",
        "opsmon.yml");
    REQUIRE(config);
    CHECK(config->slony.interval == 30s);
    CHECK(config->slony.discovery_interval == 1h);
    CHECK(config->slony.ignored_databases == std::vector<std::string>{"test_*", "old"});
    CHECK(config->slony.conninfo == "host=/run/postgresql user=reader");
}

TEST_CASE("faults_of_slony_are_told_with_their_key_and_without_a_secret", "[slony]") {
    CHECK_THAT(faults_of("slony: {interval: 10ms}"), Catch::Contains("slony.interval"));
    CHECK_THAT(faults_of("slony: {discovery_interval: 48h}"),
               Catch::Contains("slony.discovery_interval"));
    CHECK_THAT(faults_of("slony: {databases: []}"), Catch::Contains("slony.databases"));
    const std::string faults = faults_of("slony: {conninfo: 'host=x password=hunter2'}");
    CHECK_THAT(faults, Catch::Contains("slony.conninfo") &&
                           Catch::Contains("slony.password_file") && !Catch::Contains("hunter2"));
    CHECK_THAT(faults_of("slony: {conninfo: host=x, password_file: /does/not/exist}"),
               Catch::Contains("the file that slony.password_file names"));
    const test::ScratchFile secret("hunter2\n");
    std::filesystem::permissions(secret.path(), std::filesystem::perms::owner_read);
    CHECK_THAT(faults_of("slony: {password_file: " + secret.path() + "}"),
               Catch::Contains("belongs to slony.conninfo"));
}
