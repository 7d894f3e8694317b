#include <catch2/catch.hpp>

#include "core/units.hpp"

using namespace opsmon::core;

TEST_CASE("a_difference_is_never_negative", "[units]") {
    CHECK(bytes_between(10, 3) == 7);
    CHECK(bytes_between(3, 10) == 0);
    CHECK(bytes_between(3, 3) == 0);
    CHECK(bytes_between(UINT64_MAX, 0) == UINT64_MAX);
}

TEST_CASE("a_product_that_does_not_fit_is_the_largest_value", "[units]") {
    CHECK(saturating_multiply(4096, 1000) == 4096000);
    CHECK(saturating_multiply(0, UINT64_MAX) == 0);
    CHECK(saturating_multiply(UINT64_MAX, 0) == 0);
    CHECK(saturating_multiply(UINT64_MAX, 1) == UINT64_MAX);
    CHECK(saturating_multiply(UINT64_MAX / 2 + 1, 2) == UINT64_MAX);
    CHECK(saturating_multiply(1ULL << 40, 1ULL << 40) == UINT64_MAX);
}

TEST_CASE("an_unsigned_value_beyond_bigint_becomes_the_largest_bigint", "[units]") {
    CHECK(to_signed(5) == 5);
    CHECK(to_signed(INT64_MAX) == INT64_MAX);
    CHECK(to_signed(UINT64_MAX) == INT64_MAX);
}
