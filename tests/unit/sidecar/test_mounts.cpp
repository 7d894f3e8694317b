#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "collect/host/mounts.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

std::vector<Mount> captured() {
    auto mounts = parse_mountinfo(*read_file(OPSMON_FIXTURES "/proc/self/mountinfo", 65536));
    REQUIRE(mounts);
    return *mounts;
}

std::vector<std::string> choose_mount_points(const std::vector<Mount>& mounts,
                                             const std::vector<std::string>& ignored) {
    std::vector<std::string> out;
    for (const Mount& mount : choose_mounts(mounts, ignored).mounts) {
        out.push_back(mount.mount_point);
    }
    return out;
}

Mount only(const std::string& line) {
    const auto mounts = parse_mountinfo(line);
    REQUIRE(mounts);
    REQUIRE(mounts->size() == 1);
    return mounts->front();
}

} // namespace

TEST_CASE("reads_mounts_and_decodes_their_names") {
    const auto mounts = captured();
    REQUIRE(mounts.size() == 12);
    CHECK(mounts[7].mount_point == "/mnt/back up\\x");
    CHECK(mounts[7].type == "nfs4");
    CHECK(mounts[7].device == "0:51");
    CHECK(mounts[7].source == "server:/export");
    CHECK(mounts[6].root == "/srv/export");
}

TEST_CASE("each_real_file_system_is_chosen_once_by_its_shortest_path") {
    CHECK(choose_mount_points(captured(), {}) ==
          std::vector<std::string>{"/", "/hidden", "/mnt/back up\\x", "/var/lib/postgresql"});
}

TEST_CASE("the_root_of_a_container_is_a_real_file_system") {
    CHECK(choose_mount_points({{"0:60", "/", "overlay"}, {"0:61", "/x", "overlay"}}, {}) ==
          std::vector<std::string>{"/"});
}

TEST_CASE("ignored_mount_points_are_left_out_and_their_device_is_still_found_elsewhere") {
    CHECK(choose_mount_points({{"8:1", "/a", "ext4"}, {"8:1", "/bbb", "ext4"}}, {"/a"}) ==
          std::vector<std::string>{"/bbb"});
    CHECK(choose_mount_points(captured(), {"/*"}).empty());
}

TEST_CASE("what_is_beyond_the_limit_of_mount_points_is_counted") {
    std::vector<Mount> mounts;
    for (int i = 0; i < 300; ++i) {
        mounts.push_back({"8:" + std::to_string(i), "/m" + std::to_string(i), "ext4"});
    }
    CHECK(choose_mounts(mounts, {}).mounts.size() == kMaxMountPoints);
    CHECK(choose_mounts(mounts, {}).omitted == 300 - kMaxMountPoints);
}

TEST_CASE("a_bind_mount_of_a_folder_does_not_stand_for_the_whole_device", "[disk]") {
    const std::vector<Mount> mounts = {{"8:1", "/var/lib/long", "ext4", "/dev/sda1", "/"},
                                       {"8:1", "/x", "ext4", "/dev/sda1", "/folder"}};
    CHECK(choose_mount_points(mounts, {}) == std::vector<std::string>{"/var/lib/long"});
}

TEST_CASE("snapshots_of_zfs_are_left_out_and_its_file_systems_are_not", "[disk]") {
    const std::vector<Mount> mounts = {{"0:50", "/tank", "zfs", "tank/db", "/"},
                                       {"0:51", "/tank/.zfs/snapshot/a", "zfs", "tank/db@a", "/"}};
    CHECK(choose_mount_points(mounts, {}) == std::vector<std::string>{"/tank"});
}

TEST_CASE("tells_a_read_only_mount_from_a_file_system_that_stopped", "[disk]") {
    const Mount writable = only("1 2 8:1 / /a rw,relatime - ext4 /dev/sda1 rw,errors=remount-ro");
    CHECK_FALSE(writable.mounted_read_only);
    CHECK_FALSE(writable.file_system_read_only);
    const Mount intended = only("1 2 8:1 / /a ro,relatime - ext4 /dev/sda1 ro");
    CHECK(intended.mounted_read_only);
    CHECK(intended.file_system_read_only);
    const Mount stopped = only("1 2 8:1 / /a rw,relatime - ext4 /dev/sda1 ro,errors=remount-ro");
    CHECK_FALSE(stopped.mounted_read_only);
    CHECK(stopped.file_system_read_only);
    // as Linux 6.15 and newer write it
    CHECK(only("1 2 8:1 / /a rw - ext4 /dev/sda1 rw,emergency_ro").file_system_read_only);
}

TEST_CASE("a_mount_without_a_source_keeps_its_options", "[disk]") {
    const Mount mount = only("1 2 0:9 / /a rw - tmpfs  ro,size=4k");
    CHECK(mount.source.empty());
    CHECK(mount.file_system_read_only);
    CHECK(only("1 2 0:9 / /a rw - tmpfs").type == "tmpfs");
}

TEST_CASE("finds_the_mount_that_carries_a_path", "[disk]") {
    const auto mounts = captured();
    const auto mount_point_of = [&](std::string_view path) {
        const Mount* mount = find_mount(mounts, path);
        return mount == nullptr ? std::string("none") : mount->mount_point;
    };
    CHECK(mount_point_of("/var/lib/postgresql/15/main/pg_wal") == "/var/lib/postgresql");
    CHECK(mount_point_of("/var/lib/postgresql") == "/var/lib/postgresql");
    CHECK(mount_point_of("/var/lib/postgresql2/x") == "/");
    CHECK(mount_point_of("/dev/shm/wal") == "/dev/shm"); // tmpfs counts here
    CHECK(mount_point_of("") == "none");
    CHECK(mount_point_of("relative") == "none");
    CHECK(find_mount(mounts, "/hidden/x")->device == "254:48"); // the later one
    CHECK(find_mount({}, "/x") == nullptr);
}

TEST_CASE("a_mountinfo_that_is_cut_short_is_an_error") {
    for (const char* text :
         {"", "22 28", "22 28 0:20 / /sys rw shared:7", "\n", "22 28 0:20 / /sys rw shared:7 -"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_mountinfo(text));
    }
}
