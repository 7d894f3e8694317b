#include <catch2/catch.hpp>

#include "core/sample.hpp"

using namespace opsmon::core;

TEST_CASE("a_primary_stands_where_it_has_written", "[wal_position]") {
    WalPosition wal{};
    wal.insert_lsn = 300;
    wal.write_lsn = 200;
    wal.flush_lsn = 100;
    CHECK(current_lsn(wal) == 200);
}

TEST_CASE("a_standby_stands_at_the_later_of_received_and_replayed", "[wal_position]") {
    WalPosition wal{};
    wal.in_recovery = true;
    wal.write_lsn = 999;
    wal.receive_lsn = 300;
    wal.replay_lsn = 200;
    CHECK(current_lsn(wal) == 300);
    wal.receive_lsn = kUnknownLsn; // restores from the archive, has never streamed
    CHECK(current_lsn(wal) == 200);
    wal.receive_lsn = 100; // fell back to the archive and went on
    CHECK(current_lsn(wal) == 200);
}

TEST_CASE("an_unknown_position_has_no_lag", "[wal_position]") {
    CHECK_FALSE(lag_bytes(kUnknownLsn, 5).has_value());
    CHECK_FALSE(lag_bytes(5, kUnknownLsn).has_value());
    CHECK(lag_bytes(5, 5) == 0);
    CHECK(lag_bytes(9, 5) == 4);
    CHECK(lag_bytes(5, 9) == 0); // moved on between the two readings
}
