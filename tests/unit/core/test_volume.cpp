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
    CHECK(std::string(name_of(VolumeKind::Tablespace)) == "tablespace");
}

TEST_CASE("room_is_what_is_free_while_there_are_inodes_for_it", "[volume]") {
    const Volume volume = measured({4096, 1000, 50, 100, 90, false});
    CHECK(room_of(volume, 16 * kBytesPerMiB) == 204800);
    CHECK(room_of(volume, 4096) == 204800);
}

TEST_CASE("without_inodes_there_is_no_room_however_much_is_free", "[volume]") {
    CHECK(room_of(measured({4096, 1000, 900, 100, 0, false}), 16 * kBytesPerMiB) == 0);
    CHECK(room_of(measured({4096, 1000, 900, 100, 3, false}), 4096) == 3 * 4096);
}

TEST_CASE("a_file_system_that_counts_no_inodes_has_the_room_that_is_free", "[volume]") {
    CHECK(room_of(measured({4096, 1000, 50, 0, 0, false}), 16 * kBytesPerMiB) == 204800);
}

TEST_CASE("any_number_of_inodes_is_room_without_wrapping_around", "[volume]") {
    const Volume volume = measured({4096, 1000, 50, UINT64_MAX, UINT64_MAX, false});
    CHECK(room_of(volume, UINT64_MAX) == 204800);
}
