#include <catch2/catch.hpp>

#include "collect/postgresql/volume_places.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

const Mount kWalMount{"253:16", "/wal", "ext4", "/dev/vdb", "/"};
const Mount kRootMount{"253:1", "/", "ext4", "/dev/vda1", "/"};
const VolumePlace kWalPlace{"wal", "/wal/15/pg_wal", "/wal", "253:16", "/dev/vdb", "ext4"};

postgres::VolumeRow row_of(double size, double st_dev) {
    postgres::VolumeRow row;
    row.volume = "wal";
    row.size_bytes = size;
    row.path = "/wal/15/pg_wal";
    row.device = st_dev;
    return row;
}

constexpr double kStDev = 253 * 256 + 16;

} // namespace

TEST_CASE("the_same_size_and_device_are_the_same_file_system", "[postgresql_volume]") {
    CHECK(is_same_file_system(row_of(1000, kStDev), kWalMount, {1000, 1, 1}));
    CHECK(make_place(row_of(1000, kStDev), kWalMount, 0) == kWalPlace);
}

TEST_CASE("another_file_system_at_the_same_path_is_not_claimed", "[postgresql_volume]") {
    CHECK_FALSE(is_same_file_system(row_of(1000, kStDev), kWalMount, {1001, 1, 1}));
    CHECK_FALSE(is_same_file_system(row_of(1000, kStDev + 1), kWalMount, {1000, 1, 1}));
    CHECK_FALSE(is_same_file_system(row_of(0, kStDev), kWalMount, {0, 0, 0}));
    CHECK_FALSE(is_same_file_system(row_of(1000, -1), kWalMount, {1000, 1, 1}));
    CHECK_FALSE(is_same_file_system(row_of(1000, 1e300), kWalMount, {1000, 1, 1}));
    postgres::VolumeRow unknown = row_of(1000, kStDev);
    unknown.device.reset();
    CHECK_FALSE(is_same_file_system(unknown, kWalMount, {1000, 1, 1}));
}

TEST_CASE("btrfs_has_device_numbers_of_its_own_and_zfs_a_size_that_moves", "[postgresql_volume]") {
    const Mount btrfs{"0:40", "/wal", "btrfs", "/dev/vdb", "/@wal"};
    CHECK(is_same_file_system(row_of(1e9, 57), btrfs, {1e9, 1, 1}));
    const Mount zfs{"0:41", "/wal", "zfs", "tank/wal", "/"};
    CHECK(is_same_file_system(row_of(1e9, 41), zfs, {1e9 + 1000, 1, 1}));
    CHECK_FALSE(is_same_file_system(row_of(1e9, 41), zfs, {1.1e9, 1, 1}));
    CHECK_FALSE(is_same_file_system(row_of(1e9, 42), zfs, {1e9, 1, 1}));
}

TEST_CASE("a_place_that_is_as_it_was_has_not_changed", "[postgresql_volume]") {
    CHECK(what_has_changed(kWalPlace, {kRootMount, kWalMount}, nullptr).empty());
}

TEST_CASE("a_volume_that_is_mounted_no_more_is_said", "[postgresql_volume]") {
    CHECK(what_has_changed(kWalPlace, {kRootMount}, nullptr) ==
          "the wal volume was /dev/vdb (253:16) on /wal, which is not mounted there now");
    CHECK_FALSE(what_has_changed(kWalPlace, {}, nullptr).empty());
}

TEST_CASE("another_device_on_the_same_mount_point_is_said", "[postgresql_volume]") {
    const Mount other{"253:32", "/wal", "ext4", "/dev/vdc", "/"};
    CHECK(what_has_changed(kWalPlace, {kRootMount, other}, nullptr) ==
          "the wal volume was /dev/vdb (253:16) on /wal, where /dev/vdc (253:32) is mounted now");
    const Mount deeper{"253:32", "/wal/15", "ext4", "/dev/vdc", "/"};
    CHECK_FALSE(what_has_changed(kWalPlace, {kRootMount, kWalMount, deeper}, nullptr).empty());
}

TEST_CASE("a_file_system_without_a_disk_of_its_own_is_known_by_its_source", "[postgresql_volume]") {
    const VolumePlace nfs{"wal", "/wal/x", "/wal", "0:51", "server:/wal", "nfs4"};
    CHECK(what_has_changed(nfs, {{"0:99", "/wal", "nfs4", "server:/wal", "/"}}, nullptr).empty());
    CHECK_FALSE(
        what_has_changed(nfs, {{"0:99", "/wal", "nfs4", "other:/wal", "/"}}, nullptr).empty());
    // A new tmpfs is another one, and empty.
    const VolumePlace tmpfs{"wal", "/wal/x", "/wal", "0:51", "tmpfs", "tmpfs"};
    CHECK_FALSE(
        what_has_changed(tmpfs, {{"0:99", "/wal", "tmpfs", "tmpfs", "/"}}, nullptr).empty());
}

TEST_CASE("a_wal_volume_is_full_with_less_than_two_segments_or_no_inode", "[postgresql_volume]") {
    constexpr double kMiB = 1024 * 1024;
    CHECK(is_wal_volume_full(31 * kMiB, 100, 16 * kMiB) == true);
    CHECK(is_wal_volume_full(32 * kMiB, 100, 16 * kMiB) == false);
    CHECK(is_wal_volume_full(32 * kMiB, 100, 64 * kMiB) == true);
    CHECK(is_wal_volume_full(31 * kMiB, 100, 0) == true); // 16 MiB where it is not known
    CHECK(is_wal_volume_full(1e12, 0, 16 * kMiB) == true);
    CHECK(is_wal_volume_full(1e12, {}, 16 * kMiB) == false);
    CHECK_FALSE(is_wal_volume_full({}, 0, 16 * kMiB));
}

TEST_CASE("what_is_kept_comes_back_as_it_was", "[postgresql_volume]") {
    const KnownVolumes known{{kWalPlace, {"data", "/a\"b\\c", "/", "253:1", "/dev/x", "xfs"}},
                             64e6};
    CHECK(known_volumes_from_json(to_json(known)) == known);
    CHECK(known_volumes_from_json(to_json({})) == KnownVolumes{});
    KnownVolumes many;
    many.places.assign(kMaxVolumePlaces + 20, kWalPlace);
    many.places.push_back({"data", std::string(5000, '/'), "/", "1:1", "x", "y"});
    const auto back = known_volumes_from_json(to_json(many));
    REQUIRE(back);
    CHECK(back->places.size() == kMaxVolumePlaces);
    const KnownVolumes binary{{{"wal", "/\xff\xfe", "/", "1:1", "x", "y"}}, 0};
    CHECK(known_volumes_from_json(to_json(binary)));
}

TEST_CASE("what_was_kept_and_is_broken_is_nothing", "[postgresql_volume]") {
    for (const char* text :
         {"", "{", "null", "[]", "{}", "{\"places\":[],\"segment_bytes\":\"x\"}",
          "{\"places\":[],\"segment_bytes\":-1}", "{\"places\":[{}],\"segment_bytes\":0}",
          "{\"places\":[1],\"segment_bytes\":0}", "\xff\xfe",
          "{\"places\":[{\"volume\":\"wal\",\"path\":\"x\",\"mount_point\":\"/\",\"device\":\"1\","
          "\"source\":\"\",\"type\":\"\"}],\"segment_bytes\":0}"}) {
        CAPTURE(text);
        CHECK_FALSE(known_volumes_from_json(text));
    }
}

TEST_CASE("devices_with_other_numbers_after_a_reboot_are_known_by_their_file_system", "[volume]") {
    VolumePlace place = kWalPlace;
    place.file_system_id = 77;
    Mount renumbered = kWalMount;
    renumbered.device = "9:9";
    DiskSpace answer;
    answer.device = "9:9";
    answer.file_system_id = 77;
    CHECK(what_has_changed(place, {kRootMount, renumbered}, &answer).empty());
    answer.file_system_id = 78;
    CHECK_FALSE(what_has_changed(place, {kRootMount, renumbered}, &answer).empty());
    CHECK_FALSE(what_has_changed(place, {kRootMount, renumbered}, nullptr).empty());
    place.file_system_id = 0;
    answer.file_system_id = 0;
    CHECK_FALSE(what_has_changed(place, {kRootMount, renumbered}, &answer).empty());
}

TEST_CASE("a_volume_under_another_mount_is_said_to_be_and_gets_no_figures", "[volume]") {
    DiskSpace answer;
    answer.size_bytes = 1000;
    answer.device = kWalMount.device;
    CHECK_FALSE(is_hidden(kWalMount, answer));
    answer.device = "9:9"; // what the path leads to
    CHECK(is_hidden(kWalMount, answer));
    CHECK(what_has_changed(kWalPlace, {kRootMount, kWalMount}, &answer).find("under another") !=
          std::string::npos);
    CHECK_FALSE(is_same_file_system(row_of(1000, kStDev), kWalMount, answer));
}
