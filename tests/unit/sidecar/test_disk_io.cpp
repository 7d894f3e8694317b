#include <catch2/catch.hpp>

#include <filesystem>

#include "base/text.hpp"
#include "collect/host/disk_io.hpp"
#include "support/report_series.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;

TEST_CASE("reads_what_each_block_device_has_done", "[disk_io]") {
    const auto devices = parse_diskstats(*read_file(OPSMON_FIXTURES "/proc/diskstats", 65536));
    REQUIRE(devices);
    REQUIRE(devices->size() == 8);
    const DiskIo& vda = devices->at(3);
    CHECK(vda.device == "vda");
    CHECK(vda.reads == 69414);
    CHECK(vda.sectors_read == 6298650);
    CHECK(vda.read_ms == 28452);
    CHECK(vda.writes == 18420);
    CHECK(vda.sectors_written == 9715920);
    CHECK(vda.write_ms == 27020);
    CHECK(vda.busy_ms == 10784);
    CHECK(vda.weighted_ms == 56993);
}

TEST_CASE("partitions_of_very_old_kernels_are_left_out", "[disk_io]") {
    const auto devices = parse_diskstats("   3    1 hda1 1 2 3 4\n");
    REQUIRE(devices);
    CHECK(devices->empty());
}

TEST_CASE("diskstats_that_are_broken_are_an_error", "[disk_io]") {
    for (const char* text :
         {"\n", "8 0 sda", "8 0 sda 1 2 3 4 5 6 7 8 9 10", "8 0 sda 1 2 3 4 5 6 7 8 9 10 x",
          "8 0 sda -1 2 3 4 5 6 7 8 9 10 11", "8 0 sda 1 2 3 4 5 6 7 8 9 10 1e999",
          "8 0 sda 99999999999999999999999 2 3 4 5 6 7 8 9 10 11"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_diskstats(text));
    }
    CHECK(parse_diskstats("")->empty()); // a container without any
}

TEST_CASE("whole_devices_are_real_and_partitions_loops_and_ram_are_not", "[disk_io]") {
    for (const char* device : {"sda", "vdb", "xvda", "nvme0n1", "mmcblk0", "dm-0", "md0", "md127",
                               "nbd0", "cciss/c0d0", "drbd1", "rbd0", "sdaa"}) {
        CAPTURE(device);
        CHECK(is_real_device(device, nullptr));
    }
    for (const char* device : {"sda1", "vdb12", "xvda1", "nvme0n1p2", "mmcblk0p1", "md0p1",
                               "nbd0p1", "cciss/c0d0p3", "loop0", "ram3", "zram0", "sr0", "fd0"}) {
        CAPTURE(device);
        CHECK_FALSE(is_real_device(device, nullptr));
    }
}

TEST_CASE("what_sysfs_says_of_a_device_counts_more_than_its_name", "[disk_io]") {
    const std::set<std::string> whole = {"xvda1", "loop0"};
    CHECK(is_real_device("xvda1", &whole)); // a machine whose only disk is called so
    CHECK_FALSE(is_real_device("xvda", &whole));
    CHECK_FALSE(is_real_device("loop0", &whole));
}

TEST_CASE("latency_is_the_average_of_what_was_completed", "[disk_io]") {
    CHECK(latency_seconds(100, 110, 5000, 5050) == 0.005);
    CHECK_FALSE(latency_seconds(100, 100, 5000, 5000)); // nothing was
    CHECK_FALSE(latency_seconds(100, 50, 5000, 5050));
    CHECK_FALSE(latency_seconds(100, 110, 5000, 4000)); // a new device of the same name
    CHECK(*latency_seconds(100, 110, 4294967290.0, 14) == Approx(0.002)); // 32 bits wrapped
}

TEST_CASE("shows_whole_devices_in_seconds_and_bytes", "[disk_io]") {
    DiskIoSource source(OPSMON_FIXTURES "/proc", "/does/not/exist", {"nvme*"});
    const auto reports = source.collect({}, StopSignal());
    REQUIRE(reports[0].success);
    const auto series = test::series_of(reports[0]);
    CHECK(series.size() == 16); // vda and dm-0; no latency in the first cycle
    CHECK(series.at("system_disk_io_read_bytes_total vda") == 6298650.0 * 512);
    CHECK(series.at("system_disk_io_seconds_total vda") == 10.784);
    CHECK(series.at("system_disk_io_weighted_seconds_total dm-0") == 1.0);
}

TEST_CASE("there_is_a_limit_of_block_devices_and_it_is_said", "[disk_io]") {
    std::string text;
    for (std::size_t i = 0; i <= kMaxBlockDevices; ++i) {
        text +=
            "253 " + std::to_string(i) + " dm-" + std::to_string(i) + " 1 0 8 1 1 0 8 1 0 1 1\n";
    }
    const test::ScratchFile file(text, "diskstats");
    DiskIoSource source(std::filesystem::path(file.path()).parent_path().string(), "/none", {});
    const auto reports = source.collect({}, StopSignal());
    CHECK_FALSE(reports[0].success);
    CHECK(reports[0].error.find("disk.ignored_devices") != std::string::npos);
    CHECK(reports[0].samples.samples().size() == 8 * kMaxBlockDevices);
    CHECK(reports[0].samples.dropped_limit() == 0);
}
