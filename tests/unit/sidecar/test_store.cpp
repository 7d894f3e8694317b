#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <thread>

#include <unistd.h>

#include "base/scheduler.hpp"
#include "store/store.hpp"

using namespace opsmon;
using namespace std::chrono_literals;
using opsmon::store::Database;
using opsmon::store::Key;
using opsmon::store::OpenedDatabase;
using opsmon::store::Store;

namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("opsmon-store-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::filesystem::path file() const { return path / "opsmon.sqlite"; }
    [[nodiscard]] std::size_t broken_files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(path)) {
            count += entry.path().filename().string().find(".broken-") != std::string::npos;
        }
        return count;
    }
};

std::shared_ptr<Store> open_at(const std::filesystem::path& path) {
    auto store = Store::open(path.string());
    INFO((store ? "" : store.error().message));
    REQUIRE(store.ok());
    return *store;
}

// A disk that hangs or fails as the test wants; shared with the store's thread.
struct FakeDisk {
    std::mutex mutex;
    std::map<Key, std::string> kept;
    bool full = false;
    bool unusable = false;
    std::atomic<bool> hangs = false;
    StopSignal released;

    void wait() const {
        if (hangs) {
            released.wait_until(steady_now() + 60s);
        }
    }
};

class FakeDatabase : public Database {
public:
    explicit FakeDatabase(std::shared_ptr<FakeDisk> disk) : disk_(std::move(disk)) {}
    Result<std::optional<std::string>> read(const Key& key) override {
        disk_->wait();
        const std::lock_guard lock(disk_->mutex);
        const auto at = disk_->kept.find(key);
        return at == disk_->kept.end() ? std::optional<std::string>() : std::optional(at->second);
    }
    Result<void> write(const Key& key, const std::optional<std::string>& value) override {
        disk_->wait();
        const std::lock_guard lock(disk_->mutex);
        if (disk_->full) {
            return Error{"database or disk is full", true};
        }
        disk_->kept[key] = value.value_or("");
        return {};
    }
    Result<std::vector<store::Entry>> read_all(const std::string& kind) override {
        disk_->wait();
        const std::lock_guard lock(disk_->mutex);
        std::vector<store::Entry> out;
        for (const auto& [key, value] : disk_->kept) {
            if (key.first == kind) {
                out.push_back({key.second, value});
            }
        }
        return out;
    }
    Result<void> write_batch(const std::vector<store::Change>& changes) override {
        for (const auto& [key, value] : changes) {
            if (auto written = write(key, value); !written) {
                return written;
            }
        }
        return {};
    }

private:
    std::shared_ptr<FakeDisk> disk_;
};

std::shared_ptr<Store> store_on(const std::shared_ptr<FakeDisk>& disk,
                                Store::Limits limits = {5s, 50ms, 10ms, 50ms}) {
    auto store = Store::open("/fake", limits, [disk](const std::string&) -> OpenedDatabase {
        disk->wait();
        const std::lock_guard lock(disk->mutex);
        if (disk->unusable) {
            return Error{"read-only file system", true};
        }
        return std::unique_ptr<Database>(std::make_unique<FakeDatabase>(disk));
    });
    REQUIRE(store.ok());
    return *store;
}

void set(FakeDisk& disk, bool& what, bool value) {
    const std::lock_guard lock(disk.mutex);
    what = value;
}

bool comes_true(const std::function<bool()>& condition) {
    const SteadyTime end = steady_now() + 20s;
    while (!condition() && steady_now() < end) {
        std::this_thread::yield();
    }
    return condition();
}

} // namespace

TEST_CASE("the_store_keeps_a_value_over_a_restart_and_makes_its_folder", "[store]") {
    const Folder folder;
    const std::string odd("it's \"odd\"\n\0 and \xff", 19);
    REQUIRE(open_at(folder.path / "deep")->write("log", "/var/log/a", odd).ok());
    const auto store = open_at(folder.path / "deep");
    CHECK(store->up());
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
    REQUIRE(store->write_through("log", "a", "2").ok());
    CHECK(**store->read("log", "a") == "2");
    REQUIRE(store->remove("log", "a").ok());
    CHECK_FALSE((*store->read("log", "a")).has_value());
    CHECK(store->remove("log", "a").ok());
    CHECK(store->flush(steady_now() + 20s));
    CHECK_FALSE((*store->read("log", "a")).has_value());
}

TEST_CASE("a_second_sidecar_on_the_same_folder_is_refused", "[store]") {
    const Folder folder;
    const auto first = open_at(folder.path);
    const auto second = Store::open(folder.path.string());
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().message.find("in use by another") != std::string::npos);
    CHECK(first->write_through("log", "a", "1").ok());
    CHECK(folder.broken_files() == 0);
}

TEST_CASE("a_value_that_is_too_large_is_refused_and_nothing_is_changed", "[store]") {
    const Folder folder;
    const auto store = open_at(folder.path);
    REQUIRE(store->write("log", "a", "1").ok());
    CHECK_FALSE(store->write("log", "a", std::string(store::kMaxValueBytes + 1, 'x')).ok());
    CHECK(**store->read("log", "a") == "1");
}

TEST_CASE("a_path_that_makes_no_sense_is_refused_with_its_name", "[store]") {
    const Folder folder;
    std::ofstream(folder.path / "a-file") << "x";
    for (const auto& path : {folder.path / "a-file", folder.path / "a-file" / "deeper"}) {
        const auto store = Store::open(path.string());
        REQUIRE_FALSE(store.ok());
        CHECK(store.error().message.find("a-file") != std::string::npos);
        CHECK(store.error().message.find("storage.path") != std::string::npos);
    }
}

TEST_CASE("a_file_that_is_no_database_is_moved_aside_and_a_new_one_begun", "[store]") {
    const Folder folder;
    std::ofstream(folder.file()) << std::string(5000, 'x');
    const auto store = open_at(folder.path);
    CHECK(store->up());
    CHECK(store->write_through("log", "a", "1").ok());
    CHECK(folder.broken_files() == 1);
}

TEST_CASE("a_damaged_database_is_moved_aside_and_a_new_one_begun", "[store]") {
    const Folder folder;
    {
        const auto store = open_at(folder.path);
        for (int i = 0; i < 100; ++i) {
            REQUIRE(store->write("log", std::to_string(i), std::string(1000, 'v')).ok());
        }
        REQUIRE(store->flush(steady_now() + 20s));
    }
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(8 * 4096, '\xee');
    file.close();
    const auto store = open_at(folder.path);
    CHECK(store->up());
    CHECK_FALSE((*store->read("log", "1")).has_value());
    CHECK(folder.broken_files() == 1);
}

TEST_CASE("no_more_than_three_damaged_files_are_kept_and_the_newest_are", "[store]") {
    const Folder folder;
    for (const char* time : {"1000000001", "1000000002", "1000000003", "1000000004"}) {
        std::ofstream(folder.file().string() + ".broken-" + time) << "x";
    }
    std::ofstream(folder.file()) << std::string(5000, 'x');
    const auto store = open_at(folder.path);
    CHECK(folder.broken_files() == store::kBrokenFilesMax);
    CHECK(std::filesystem::exists(folder.file().string() + ".broken-1000000004"));
    CHECK_FALSE(std::filesystem::exists(folder.file().string() + ".broken-1000000002"));
}

TEST_CASE("a_file_that_cannot_be_opened_now_is_no_reason_not_to_start", "[store]") {
    const Folder folder;
    std::filesystem::create_directories(folder.file()); // even root cannot write it
    const auto store = open_at(folder.path);
    CHECK_FALSE(store->up());
    CHECK(store->write("log", "a", "1").ok()); // is tried again later
    CHECK_FALSE(store->write_through("log", "a", "2").ok());
    CHECK(**store->read("log", "a") == "2");
    const auto other = store->read("log", "b");
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().message.find("opsmon.sqlite") != std::string::npos);
}

TEST_CASE("a_disk_that_can_be_used_again_gets_what_was_noted_meanwhile", "[store]") {
    auto disk = std::make_shared<FakeDisk>();
    disk->unusable = true;
    const auto store = store_on(disk);
    CHECK_FALSE(store->up());
    REQUIRE(store->write("log", "a", "1").ok());
    set(*disk, disk->unusable, false);
    CHECK(comes_true([&] { return store->up(); }));
    const std::lock_guard lock(disk->mutex);
    CHECK(disk->kept.at({"log", "a"}) == "1");
}

TEST_CASE("a_disk_that_becomes_full_and_has_room_again_loses_nothing", "[store]") {
    auto disk = std::make_shared<FakeDisk>();
    const auto store = store_on(disk);
    set(*disk, disk->full, true);
    const auto written = store->write_through("log", "a", "1");
    REQUIRE_FALSE(written.ok());
    CHECK_FALSE(store->up());
    CHECK(**store->read("log", "a") == "1");
    set(*disk, disk->full, false);
    CHECK(comes_true([&] { return store->up(); }));
    CHECK(store->write_through("log", "a", "2").ok());
    const std::lock_guard lock(disk->mutex);
    CHECK(disk->kept.at({"log", "a"}) == "2");
}

TEST_CASE("a_disk_that_hangs_holds_nobody_who_reads_writes_or_ends", "[store]") {
    auto disk = std::make_shared<FakeDisk>();
    auto store = store_on(disk);
    disk->hangs = true;
    auto all = std::async(std::launch::async, [&] {
        const bool noted = store->write("log", "a", "1").ok();
        const bool written = store->write_through("log", "b", "1").ok();
        const bool read = store->read("log", "c").ok();
        const auto own = store->read("log", "b");
        const bool flushed = store->flush(steady_now() + 20ms);
        const bool up = store->up();
        store.reset();
        return noted && !written && !read && own.ok() && *own == "1" && !flushed && !up;
    });
    const bool ended = all.wait_for(30s) == std::future_status::ready;
    disk->released.request();
    CHECK(ended);
    CHECK(all.get());
}

TEST_CASE("a_disk_that_hangs_at_the_start_does_not_hold_the_start", "[store]") {
    auto disk = std::make_shared<FakeDisk>();
    disk->hangs = true;
    const auto store = store_on(disk, {50ms, 50ms, 10ms, 50ms});
    CHECK_FALSE(store->up());
    disk->released.request();
    CHECK(comes_true([&] { return store->up(); }));
}

TEST_CASE("what_waits_to_be_written_is_bounded", "[store]") {
    auto disk = std::make_shared<FakeDisk>();
    disk->unusable = true;
    const auto store = store_on(disk);
    for (std::size_t i = 0; i < store::kNotedMax; ++i) {
        REQUIRE(store->write("log", std::to_string(i), "1").ok());
    }
    CHECK_FALSE(store->write("log", "one more", "1").ok());
    CHECK(store->write("log", "0", "2").ok());
    const std::string large(store::kMaxValueBytes, 'x');
    std::size_t taken = 0;
    while (taken < store::kNotedMax && store->write("log", std::to_string(taken), large).ok()) {
        ++taken;
    }
    CHECK(taken * large.size() <= store::kNotedBytesMax);
    CHECK(taken > 0);
}

TEST_CASE("the_log_of_changes_is_counted_and_stays_small_after_a_large_batch", "[store]") {
    const Folder folder;
    const auto store = open_at(folder.path);
    const std::string wal = folder.file().string() + "-wal";
    std::vector<store::Change> changes;
    for (int i = 0; i < 20'000; ++i) {
        changes.push_back({{"kind", std::to_string(i)}, std::string(300, 'x')});
    }
    REQUIRE(store->write_batch(changes, 60s));
    CHECK(std::filesystem::file_size(wal) <= store::kLogBytes);
    const auto on_disk = [&] {
        return std::filesystem::file_size(folder.file()) + std::filesystem::file_size(wal);
    };
    const auto is_known = [&] { return store->bytes() == on_disk(); };
    const auto end = steady_now() + 20s;
    while (!is_known() && steady_now() < end) {
        std::this_thread::yield();
    }
    CHECK(is_known());
    CHECK(on_disk() > 6'000'000);
    // And after many small ones.
    for (int i = 0; i < 2000; ++i) {
        REQUIRE(store->write_batch({{{"kind", "one"}, std::string(3000, 'y')}}, 60s));
    }
    CHECK(std::filesystem::file_size(wal) <= 2 * store::kLogBytes);
}
