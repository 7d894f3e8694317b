#include <catch2/catch.hpp>

#include "core/version.hpp"

#include <string>

using namespace opsmon::core;

TEST_CASE("versions_are_compared_number_by_number", "[version]") {
    const char* ascending[] = {"0.1.0",  "0.1.1", "0.1.9", "0.1.10", "0.2.0",
                               "0.10.0", "1.0.0", "2.0.0", "10.0.0", "999999.0.0"};
    const std::size_t count = std::size(ascending);
    for (std::size_t library = 0; library < count; ++library) {
        for (std::size_t sql = 0; sql < count; ++sql) {
            CAPTURE(ascending[library], ascending[sql]);
            CHECK(fit_of(ascending[library], ascending[sql]) == (library == sql ? Fit::Same
                                                                 : sql < library
                                                                     ? Fit::SqlIsOlder
                                                                     : Fit::SqlIsNewer));
        }
    }
}

TEST_CASE("what_is_no_version_is_neither_older_nor_newer", "[version]") {
    for (const char* odd : {"", ".", "1", "0.1", "0.1.", "0.1.0.", ".0.1.0", "0..1", "0.1.0.0",
                            "0.1.x", "0.1.0-rc1", "v0.1.0", "0.1.0 ", "0.-1.0", "0.1.1234567"}) {
        CAPTURE(std::string(odd));
        CHECK(fit_of("0.1.0", odd) == Fit::CannotBeTold);
        CHECK(fit_of(odd, "0.1.0") == Fit::CannotBeTold);
    }
}
