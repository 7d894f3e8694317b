#include <catch2/catch.hpp>

#include "collect/host/disk.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using opsmon::test::series_of;
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
    const auto series = series_of(reports[0]);
    CHECK(series.at("system_disk_usage_percent /") == 50);
    CHECK(series.at("system_disk_available_bytes /") == 50);
    CHECK(series.at("system_disk_info / /dev/vda1 ext4") == 1);
    CHECK_FALSE(series.contains("system_disk_free_inodes /")); // it counts none
    CHECK_FALSE(series.contains("system_disk_usage_percent /var/lib/postgresql"));
    CHECK(series.at("system_disk_unanswered /var/lib/postgresql") == 0); // it did answer
    REQUIRE(reports[0].silent.size() == 2);
    CHECK(reports[0].silent[0].label == "mount_point");
    CHECK(reports[0].silent[0].value == "/mnt/back up\\x");
}

TEST_CASE("a_mount_that_hangs_is_told_from_one_that_fails", "[disk]") {
    DiskSource source(OPSMON_FIXTURES "/proc", {"/hidden", "/mnt/*"},
                      MountProbe({10s, 10s}, [](const std::string& mount_point) {
                          return mount_point == "/"
                                     ? Result<DiskSpace>(DiskSpace{100, 50, 50, 10, 4, true})
                                     : Error{mount_point + " still does not answer", true};
                      }));
    const auto reports = source.collect({}, StopSignal());
    CHECK_FALSE(reports[0].success);
    const auto series = series_of(reports[0]);
    CHECK(series.at("system_disk_unanswered /") == 0);
    CHECK(series.at("system_disk_unanswered /var/lib/postgresql") == 1);
    CHECK(series.at("system_disk_inodes /") == 10);
    CHECK(series.at("system_disk_free_inodes /") == 4);
    CHECK(series.at("system_disk_read_only /") == 1); // statvfs() says so, the mount does not
    CHECK(series.at("system_disk_read_only_by_error /") == 0);
}
