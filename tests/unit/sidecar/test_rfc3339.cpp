#include <catch2/catch.hpp>

#include "base/rfc3339.hpp"

using namespace opsmon;

TEST_CASE("a_moment_is_written_in_utc_with_milliseconds", "[rfc3339]") {
    CHECK(format_rfc3339(0) == "1970-01-01T00:00:00.000Z");
    CHECK(format_rfc3339(1'795'559'400'042) == "2026-11-24T22:30:00.042Z");
    CHECK(format_rfc3339(951'782'400'000) == "2000-02-29T00:00:00.000Z");
    CHECK(format_rfc3339(-1) == "1969-12-31T23:59:59.999Z");
    CHECK(format_rfc3339(INT64_MAX) == "9999-12-31T23:59:59.999Z");
    CHECK(format_rfc3339(INT64_MIN) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("a_moment_is_read_with_any_offset_and_fraction", "[rfc3339]") {
    CHECK(parse_rfc3339("2026-11-24T22:30:00Z") == 1'795'559'400'000);
    CHECK(parse_rfc3339("2026-11-24t22:30:00.5z") == 1'795'559'400'500);
    CHECK(parse_rfc3339("2026-11-24T22:30:00.123456789Z") == 1'795'559'400'123);
    CHECK(parse_rfc3339("2026-11-24T23:30:00+01:00") == 1'795'559'400'000);
    CHECK(parse_rfc3339("2026-11-24T19:00:00-03:30") == 1'795'559'400'000);
    CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == -62'135'596'800'000); // Go's zero
    for (const TimestampMs at : {0LL, 1LL, 951'868'799'999LL, 4'102'444'800'000LL, -86'400'001LL}) {
        CHECK(parse_rfc3339(format_rfc3339(at)) == at);
    }
}

TEST_CASE("what_is_no_moment_is_refused", "[rfc3339]") {
    for (const char* text :
         {"", "now", "2026-11-24", "2026-11-24 22:30:00Z", "2026-11-24T22:30:00",
          "2026-11-24T22:30Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-11-24T24:00:00Z", "2026-11-24T22:60:00Z", "2026-11-24T22:30:60Z",
          "2026-11-24T22:30:00.Z", "2026-11-24T22:30:00+0100", "2026-11-24T22:30:00+24:00",
          "2026-11-24T22:30:00Z ", " 2026-11-24T22:30:00Z", "+2026-1-24T22:30:00Z",
          "12026-11-24T22:30:00Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339(text));
    }
}
