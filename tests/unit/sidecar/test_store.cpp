#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "store/store.hpp"

using opsmon::store::Store;

namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("opsmon-store-" + std::to_string(::getpid()));
    ~Folder() { std::filesystem::remove_all(path); }
};

std::shared_ptr<Store> open_at(const std::filesystem::path& path) {
    auto store = Store::open(path.string());
    INFO((store ? "" : store.error().message));
    REQUIRE(store.ok());
    return *store;
}

} // namespace

TEST_CASE("the_store_keeps_a_value_over_a_restart_and_makes_its_folder", "[store]") {
    const Folder folder;
    const std::string odd("it's \"odd\"\n\0 and \xff", 19);
    REQUIRE(open_at(folder.path / "deep")->write("log", "/var/log/a", odd).ok());
    const auto store = open_at(folder.path / "deep");
    const auto value = store->read("log", "/var/log/a");
    REQUIRE(value.ok());
    CHECK(**value == odd);
    CHECK_FALSE((*store->read("log", "/var/log/b")).has_value());
    CHECK_FALSE((*store->read("volume", "/var/log/a")).has_value());
}

TEST_CASE("a_later_value_replaces_the_earlier_one_and_a_removed_one_is_gone", "[store]") {
    const Folder folder;
    const auto store = open_at(folder.path);
    REQUIRE(store->write("log", "a", "1").ok());
    REQUIRE(store->write("log", "a", "2").ok());
    CHECK(**store->read("log", "a") == "2");
    REQUIRE(store->remove("log", "a").ok());
    CHECK_FALSE((*store->read("log", "a")).has_value());
    CHECK(store->remove("log", "a").ok());
}

TEST_CASE("a_second_sidecar_on_the_same_folder_is_refused", "[store]") {
    const Folder folder;
    const auto first = open_at(folder.path);
    const auto second = Store::open(folder.path.string());
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().message.find("in use by another") != std::string::npos);
    CHECK(first->write("log", "a", "1").ok());
}

TEST_CASE("a_value_that_is_too_large_is_refused_and_nothing_is_changed", "[store]") {
    const Folder folder;
    const auto store = open_at(folder.path);
    REQUIRE(store->write("log", "a", "1").ok());
    CHECK_FALSE(store->write("log", "a", std::string(opsmon::store::kMaxValueBytes + 1, 'x')).ok());
    CHECK(**store->read("log", "a") == "1");
}

TEST_CASE("a_file_that_is_no_database_is_refused_with_its_name", "[store]") {
    const Folder folder;
    std::filesystem::create_directories(folder.path);
    std::ofstream(folder.path / "opsmon.sqlite") << std::string(5000, 'x');
    const auto store = Store::open(folder.path.string());
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().message.find("opsmon.sqlite") != std::string::npos);
}
