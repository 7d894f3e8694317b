#include <catch2/catch.hpp>

#include "core/volume.hpp"

using namespace opsmon::core;

namespace {

Volume measured(const VolumeFacts& facts) {
    Volume volume{};
    measure(volume, facts);
    return volume;
}

} // namespace

TEST_CASE("counts_only_what_the_server_can_use_as_free", "[volume]") {
    const Volume volume = measured({4096, 1000, 50, 100, 90, false});
    CHECK(volume.known);
    CHECK(volume.size_bytes == 4096000);
    CHECK(volume.free_bytes == 204800);
    CHECK(volume.counts_inodes);
    CHECK(volume.free_inodes == 90);
    CHECK_FALSE(volume.read_only);
}

TEST_CASE("a_full_volume_is_known_and_has_no_room", "[volume]") {
    const Volume volume = measured({4096, 1000, 0, 100, 0, true});
    CHECK(volume.known);
    CHECK(volume.free_bytes == 0);
    CHECK(volume.read_only);
}

TEST_CASE("a_file_system_without_inodes_is_known", "[volume]") {
    const Volume volume = measured({4096, 1000, 10, 0, 0, false});
    CHECK(volume.known);
    CHECK_FALSE(volume.counts_inodes);
}

TEST_CASE("figures_that_contradict_each_other_make_a_volume_unknown", "[volume]") {
    CHECK_FALSE(measured({0, 1000, 10, 0, 0, false}).known);
    CHECK_FALSE(measured({4096, 0, 0, 0, 0, false}).known);
    CHECK_FALSE(measured({4096, 1000, 1001, 0, 0, false}).known);
    CHECK_FALSE(measured({4096, 1000, 10, 5, 6, false}).known);
}

TEST_CASE("absurdly_large_figures_do_not_wrap_around", "[volume]") {
    const Volume volume = measured({UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0, false});
    CHECK(volume.free_bytes == UINT64_MAX);
}

TEST_CASE("every_kind_of_volume_has_a_name", "[volume]") {
    CHECK(std::string(name_of(VolumeKind::Wal)) == "wal");
    CHECK(std::string(name_of(VolumeKind::Data)) == "data");
}
