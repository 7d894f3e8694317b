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

} // namespace

TEST_CASE("reads_mounts_and_decodes_their_names") {
    const auto mounts = captured();
    REQUIRE(mounts.size() == 12);
    CHECK(mounts[7].mount_point == "/mnt/back up\\x");
    CHECK(mounts[7].type == "nfs4");
    CHECK(mounts[7].device == "0:51");
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

TEST_CASE("there_are_at_most_256_mount_points") {
    std::vector<Mount> mounts;
    for (int i = 0; i < 300; ++i) {
        mounts.push_back({"8:" + std::to_string(i), "/m" + std::to_string(i), "ext4"});
    }
    CHECK(choose_mount_points(mounts, {}).size() == kMaxMountPoints);
}

TEST_CASE("a_mountinfo_that_is_cut_short_is_an_error") {
    for (const char* text :
         {"", "22 28", "22 28 0:20 / /sys rw shared:7", "\n", "22 28 0:20 / /sys rw shared:7 -"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_mountinfo(text));
    }
}
