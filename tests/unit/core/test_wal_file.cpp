#include <catch2/catch.hpp>

#include "core/wal_file.hpp"

#include <string>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;

WalFileKind kind_of(const char* name) {
    return parse_wal_file_name(name, kSegment).kind;
}

} // namespace

TEST_CASE("tells_the_files_of_pg_wal_apart", "[wal_file]") {
    CHECK(kind_of("000000010000000000000001") == WalFileKind::Segment);
    CHECK(kind_of("000000010000000000000001.partial") == WalFileKind::Partial);
    CHECK(kind_of("000000010000000000000001.00000028.backup") == WalFileKind::Backup);
    CHECK(kind_of("00000002.history") == WalFileKind::History);
    CHECK(kind_of("archive_status") == WalFileKind::Other);
    CHECK(kind_of("xlogtemp.1234") == WalFileKind::Other);
    CHECK(kind_of("") == WalFileKind::Other);
    CHECK(kind_of("00000001000000000000000") == WalFileKind::Other);   // one short
    CHECK(kind_of("0000000100000000000000012") == WalFileKind::Other); // one long
    CHECK(kind_of("00000001000000000000000g") == WalFileKind::Other);
    CHECK(kind_of("00000001000000000000000a") == WalFileKind::Other); // PostgreSQL writes capitals
}

TEST_CASE("numbers_segments_by_their_size", "[wal_file]") {
    CHECK(parse_wal_file_name("000000010000000000000001", kSegment).segment_number == 1);
    CHECK(parse_wal_file_name("0000000100000000000000FF", kSegment).segment_number == 255);
    CHECK(parse_wal_file_name("000000030000000100000000", kSegment).segment_number == 256);
    CHECK(parse_wal_file_name("000000030000000100000000", kSegment).timeline == 3);
    CHECK(parse_wal_file_name("000000010000000200000001", 64 * kBytesPerMiB).segment_number == 129);
    CHECK(parse_wal_file_name("000000010000000000000001", 0).kind == WalFileKind::Other);
}

TEST_CASE("adds_up_a_directory_and_tells_recycled_segments", "[wal_file]") {
    WalDirectory directory;
    start(directory);
    const Lsn current = 5 * kSegment + 100;
    for (const char* name :
         {"000000010000000000000004", "000000010000000000000003", "000000010000000000000005",
          "000000010000000000000006", "000000010000000000000007"}) {
        add_file(directory, name, kSegment, current, kSegment);
    }
    add_file(directory, "00000001.history", 42, current, kSegment);
    CHECK(directory.files == 6);
    CHECK(directory.bytes == 5 * kSegment + 42);
    CHECK(directory.recycled_files == 2);
    CHECK(directory.recycled_bytes == 2 * kSegment);
    CHECK(std::string(directory.oldest_segment.bytes) == "000000010000000000000003");
}

TEST_CASE("calls_nothing_recycled_while_the_position_is_unknown", "[wal_file]") {
    WalDirectory directory;
    start(directory);
    add_file(directory, "000000010000000000000007", kSegment, kUnknownLsn, kSegment);
    CHECK(directory.recycled_files == 0);
    CHECK(directory.files == 1);
}

TEST_CASE("an_empty_directory_has_no_oldest_segment", "[wal_file]") {
    WalDirectory directory;
    start(directory);
    CHECK(directory.oldest_segment.empty());
    CHECK(directory.bytes == 0);
}

TEST_CASE("a_segment_that_waits_for_the_archiver_is_known_by_its_status_file", "[wal_file]") {
    CHECK(unarchived_segment_lsn("000000010000000000000003.ready", kSegment) == 3 * kSegment);
    CHECK(unarchived_segment_lsn("000000010000000100000000.ready", kSegment) == 256 * kSegment);
    for (const char* name : {"000000010000000000000003.done", "00000002.history.ready", "",
                             "000000010000000000000003.00000028.backup.ready", ".ready",
                             "00000001000000000000000x.ready"}) {
        CHECK(unarchived_segment_lsn(name, kSegment) == kUnknownLsn);
    }
}
