#include <catch2/catch.hpp>

#include "support/shipped_rules.hpp"

using namespace opsmon;

namespace {

const test::SeriesList kDownAndFull = {
    {"postgresql_up", 0},
    {"postgresql_wal_volume_full", 1},
    {"postgresql_volume_free_bytes{volume=\"wal\"}", 8.0 * (1 << 20)},
    {"postgresql_volume_info{volume=\"wal\",mount_point=\"/wal\",device=\"/dev/vdb\"}", 1},
    {"opsmon_collector_last_success_timestamp_seconds{collector=\"postgresql\"}", 1668000000}};

} // namespace

std::vector<test::Expectation> test::host_expectations() {
    return {
        {"PostgreSQLDownWALVolumeFull",
         "critical",
         10,
         kDownAndFull,
         {"8MiB are left on the WAL volume, /wal on /dev/vdb.", "`df -h /wal`",
          "last answered at 2022-11-09 13:20:00", "Never delete files in pg_wal"}},
        {"PostgreSQLDownWALVolumeFull", // nothing else is known
         "critical",
         10,
         {{"postgresql_up", 0}, {"postgresql_wal_volume_full", 1}},
         {"Less than two WAL segments are left on the WAL volume.", "`df -h`"}},
        {"DiskReadOnly",
         "critical",
         10,
         {{"system_disk_read_only_by_error{mount_point=\"/srv\"}", 1},
          {"system_disk_read_only{mount_point=\"/srv\"}", 1}},
         {"stopped all writes to /srv", "dmesg", "fsck"}},
        {"DiskInodesLow",
         "warning",
         300,
         {{"system_disk_free_inodes{mount_point=\"/srv\"}", 40},
          {"system_disk_inodes{mount_point=\"/srv\"}", 1000}},
         {"/srv has 4% of its inodes left", "df -i /srv"}},
        {"DiskUnanswered",
         "warning",
         60,
         {{"system_disk_unanswered{mount_point=\"/mnt/nfs\"}", 1}},
         {"/mnt/nfs does not answer", "umount -l /mnt/nfs", "disk.ignored_mount_points"}},
        {"CgroupMemoryNearLimit",
         "warning",
         300,
         {{"system_cgroup_memory_working_set_bytes{scope=\"postgresql\"}", 1.9 * (1ULL << 30)},
          {"system_cgroup_memory_limit_bytes{scope=\"postgresql\"}", 2.0 * (1ULL << 30)}},
         {"group of postgresql uses 95%", "90 % of the 2GiB", "MemoryMax="}},
    };
}

TEST_CASE("every_host_alert_fires_and_says_what_to_do", "[rules]") {
    for (const auto& expected : test::host_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("a_server_that_is_down_with_room_on_its_wal_volume_is_only_down", "[rules]") {
    const auto alerts =
        test::alerts_after(30, {{"postgresql_up", 0}, {"postgresql_wal_volume_full", 0}});
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].labels.get("alertname") == "PostgreSQLDown");
}

TEST_CASE("who_holds_the_wal_is_not_said_of_a_server_that_is_down", "[rules]") {
    const auto alerts =
        test::alerts_after(15, {{"postgresql_up", 0},
                                {"postgresql_wal_volume_full", 1},
                                {"postgresql_volume_free_bytes{volume=\"wal\"}", 8},
                                {"postgresql_volume_size_bytes{volume=\"wal\"}", 1000}});
    REQUIRE(alerts.size() == 2);
    for (const auto& alert : alerts) {
        CHECK(alert.annotations.at("description").find("no slot") == std::string::npos);
    }
}

TEST_CASE("a_healthy_host_is_quiet", "[rules]") {
    CHECK(test::alerts_after(400, {{"postgresql_up", 1},
                                   {"postgresql_wal_volume_full", 1}, // the guard's matter
                                   {"system_disk_read_only_by_error{mount_point=\"/\"}", 0},
                                   {"system_disk_read_only{mount_point=\"/usr\"}", 1}, // intended
                                   {"system_disk_free_inodes{mount_point=\"/\"}", 900},
                                   {"system_disk_inodes{mount_point=\"/\"}", 1000},
                                   {"system_disk_unanswered{mount_point=\"/\"}", 0},
                                   {"system_cgroup_memory_working_set_bytes{scope=\"sidecar\"}", 5},
                                   {"system_cgroup_memory_limit_bytes{scope=\"sidecar\"}", 10}})
              .empty());
}

TEST_CASE("a_mount_points_name_means_nothing_to_slack_or_a_shell", "[rules]") {
    const auto alerts = test::alerts_after(
        70, {{"system_disk_unanswered{mount_point=\"/mnt/`reboot`<!channel>\"}", 1}});
    REQUIRE(alerts.size() == 1);
    const auto text = alerts[0].annotations.at("summary") + alerts[0].annotations.at("description");
    CHECK(text.find("`reboot") == std::string::npos);
    CHECK(text.find('<') == std::string::npos);
}
