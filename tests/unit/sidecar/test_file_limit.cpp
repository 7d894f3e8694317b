#include <catch2/catch.hpp>

#include <sys/resource.h>

#include "base/file_limit.hpp"

using namespace opsmon;

TEST_CASE("the_limit_of_open_files_is_raised_to_the_hard_one", "[file_limit][limits]") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit low = before;
    low.rlim_cur = before.rlim_max / 2;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    raise_file_limit();
    rlimit after{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
    CHECK(after.rlim_cur == before.rlim_max);
    CHECK(file_limit() > 0);
    CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
