#include <catch2/catch.hpp>

#include "config/secret_file.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using config::read_secret_file;

TEST_CASE("a_secret_file_is_read_up_to_its_limit") {
    const test::ScratchFile file("hunter2\n");
    CHECK(*read_secret_file(file.path(), 8, "the file") == "hunter2\n");
    const auto too_long = read_secret_file(file.path(), 7, "the file");
    REQUIRE_FALSE(too_long);
    CHECK_THAT(too_long.error().message, Catch::Contains("the file") && Catch::Contains("limit") &&
                                             !Catch::Contains(file.path()));
}

TEST_CASE("the_name_of_a_secret_file_is_never_repeated") {
    for (const auto* path : {"hunter2", "https://x/hunter2", "/tmp"}) {
        const auto content = read_secret_file(path, 100, "the file this key names");
        REQUIRE_FALSE(content);
        CHECK_THAT(content.error().message,
                   Catch::Contains("the file this key names: ") && !Catch::Contains(path));
    }
}
