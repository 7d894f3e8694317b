#include <catch2/catch.hpp>

#include "config/load.hpp"

using namespace opsmon;

TEST_CASE("reads_what_is_left_out_of_the_disks_and_where_the_archive_is", "[config]") {
    const auto config =
        config::parse_config("postgres: {conninfo: host=/tmp, archive_path: /srv/archive}\n"
                             "disk: {ignored_mount_points: [/mnt/*], ignored_devices: [dm-*]}\n",
                             "opsmon.yml");
    REQUIRE(config);
    CHECK(config->postgres->archive_path == "/srv/archive");
    CHECK(config->disk.ignored_devices == std::vector<std::string>{"dm-*"});
    CHECK(config::parse_config("postgres: {conninfo: host=/tmp}\n", "opsmon.yml")
              ->postgres->archive_path.empty());
}

TEST_CASE("an_archive_path_that_is_not_absolute_is_a_fault", "[config]") {
    const auto config = config::parse_config(
        "postgres:\n  conninfo: host=/tmp\n  archive_path: archive\n", "opsmon.yml");
    REQUIRE_FALSE(config);
    CHECK(config.error().message.find("opsmon.yml:3: postgres.archive_path") != std::string::npos);
}
