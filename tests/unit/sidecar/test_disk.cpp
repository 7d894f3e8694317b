#include <catch2/catch.hpp>

#include "collect/host/disk.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

TEST_CASE("disk_usage_is_the_share_that_df_shows") {
    CHECK(disk_usage_percent({100, 50, 50}) == 50.0);
    CHECK(*disk_usage_percent({100, 50, 45}) == Approx(100.0 * 50 / 95)); // reserved for root
    CHECK(disk_usage_percent({100, 0, 0}) == 100.0);
}

TEST_CASE("a_file_system_without_blocks_has_no_usage") {
    CHECK_FALSE(disk_usage_percent({0, 0, 0}));
    CHECK_FALSE(disk_usage_percent({100, 200, 200}));
}

TEST_CASE("one_mount_that_fails_fails_the_collector_but_not_the_others") {
    DiskSource source(OPSMON_FIXTURES "/proc", {"/hidden"},
                      MountProbe({10s, 10s}, [](const std::string& mount_point) {
                          return mount_point == "/" ? Result<DiskSpace>(DiskSpace{100, 50, 50})
                                                    : Error{mount_point + ": stale"};
                      }));
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports.size() == 1);
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error == "/mnt/back up\\x: stale; /var/lib/postgresql: stale "
                              "(disk.ignored_mount_points leaves a mount out)");
    REQUIRE(reports[0].samples.samples().size() == 1);
    CHECK(reports[0].samples.samples()[0].label_values[0] == "/");
    CHECK(reports[0].samples.samples()[0].value == 50);
}
