#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "collect/access_log/log_follower.hpp"
#include "collect/access_log/log_siblings.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

namespace fs = std::filesystem;

struct Lines : LineSink {
    void take_line(std::string_view line, bool) override { seen.emplace_back(line); }
    void take_too_long() override { ++too_long; }
    std::vector<std::string> seen;
    int too_long = 0;
};

struct Folder {
    Folder() {
        char name[] = "/tmp/opsmon_log_XXXXXX";
        path = ::mkdtemp(name);
        store = *store::Store::open(path + "/store");
    }
    ~Folder() { fs::remove_all(path); }
    void append(const std::string& name, const std::string& text) const {
        std::ofstream(path + "/" + name, std::ios::app) << text;
    }
    void rename(const std::string& from, const std::string& to) const {
        fs::rename(path + "/" + from, path + "/" + to);
    }
    [[nodiscard]] LogFollower follow(LogFollower::Start start = LogFollower::Start::AtBeginning,
                                     FollowLimits limits = {}) const {
        return LogFollower(path + "/log", "log", store, start, limits);
    }
    std::string path;
    std::shared_ptr<store::Store> store;
};

std::vector<std::string> look(LogFollower& follower, SteadyTime now = SteadyTime()) {
    static std::vector<char> buffer(256 * 1024);
    Lines lines;
    ReadBudget budget{1 << 30, steady_now() + std::chrono::hours(1)};
    follower.look(buffer, budget, now, lines);
    return lines.seen;
}

using Seen = std::vector<std::string>;

} // namespace

TEST_CASE("a_new_log_is_read_from_its_end_and_a_part_of_a_line_waits", "[access_log]") {
    const Folder folder;
    folder.append("log", "old\nold2\nhal");
    auto follower = folder.follow(LogFollower::Start::AtEnd);
    CHECK(look(follower).empty());
    folder.append("log", "f\nnext\npart");
    CHECK(look(follower) == Seen{"half", "next"});
    CHECK(follower.unread_bytes() == 4);
    folder.append("log", "\r\n");
    CHECK(look(follower) == Seen{"part"});
}

TEST_CASE("a_log_that_does_not_exist_yet_is_read_from_its_beginning", "[access_log]") {
    const Folder folder;
    auto follower = folder.follow(LogFollower::Start::AtEnd);
    CHECK(look(follower).empty());
    CHECK(follower.error().find("No such file") != std::string::npos);
    folder.append("log", "first\n");
    CHECK(look(follower) == Seen{"first"});
    CHECK(follower.error().empty());
}

TEST_CASE("a_renamed_log_is_read_to_its_end_while_somebody_writes_to_it", "[access_log]") {
    const Folder folder;
    folder.append("log", "1\n");
    auto follower = folder.follow();
    CHECK(look(follower) == Seen{"1"});
    folder.append("log", "2\n");
    folder.rename("log", "log.1");
    folder.append("log.1", "3\n");
    CHECK(look(follower) == Seen{"2", "3"}); // there is no new one yet
    folder.append("log", "5\n");
    folder.append("log.1", "4\n");
    CHECK(look(follower) == Seen{"4", "5"});
    folder.append("log.1", "late\n");
    CHECK(look(follower) == Seen{"late"});
    // A last line without its end counts when nobody writes there any more.
    folder.append("log.1", "rest");
    CHECK(look(follower).empty());
    CHECK(look(follower, SteadyTime() + std::chrono::minutes(2)) == Seen{"rest"});
}

TEST_CASE("several_rotations_between_two_looks_lose_nothing", "[access_log]") {
    const Folder folder;
    folder.append("log", "a\n");
    auto follower = folder.follow();
    CHECK(look(follower) == Seen{"a"});
    folder.append("log", "b\n");
    folder.rename("log", "log.2");
    // A file's time of change goes by the kernel's tick.
    const auto later = [&](const char* name, int seconds) {
        fs::last_write_time(folder.path + "/" + name, fs::last_write_time(folder.path + "/log.2") +
                                                          std::chrono::seconds(seconds));
    };
    folder.append("log.1", "c\n");
    later("log.1", 1);
    folder.append("log.1.gz", "never\n");
    folder.append("log.7", "long ago\n");
    later("log.7", -9);
    folder.append("log", "d\n");
    CHECK(look(follower) == Seen{"b", "c", "d"});
    CHECK(look(follower).empty());
}

TEST_CASE("an_emptied_log_is_read_anew_and_its_copy_to_the_end", "[access_log]") {
    const Folder folder;
    folder.append("log", "a\nb\n");
    auto follower = folder.follow();
    CHECK(look(follower).size() == 2);
    folder.append("log", "c\n");
    fs::copy_file(folder.path + "/log", folder.path + "/log.1");
    fs::resize_file(folder.path + "/log", 0);
    folder.append("log", "d\n");
    CHECK(look(follower) == Seen{"c", "d"});
    CHECK(look(follower).empty());
}

TEST_CASE("an_emptied_log_that_is_longer_than_before_is_noticed", "[access_log]") {
    const Folder folder;
    folder.append("log", "a\nb\n");
    auto follower = folder.follow();
    CHECK(look(follower).size() == 2);
    fs::resize_file(folder.path + "/log", 0);
    folder.append("log", "new one\nnew two\n");
    CHECK(look(follower) == Seen{"new one", "new two"});
}

TEST_CASE("a_restart_goes_on_where_it_stopped", "[access_log]") {
    const Folder folder;
    folder.append("log", "a\nb\nhal");
    {
        auto follower = folder.follow();
        CHECK(look(follower).size() == 2);
    }
    folder.append("log", "f\n");
    SECTION("in the same file") {
        auto follower = folder.follow(LogFollower::Start::AtEnd);
        CHECK(look(follower) == Seen{"half"});
    }
    SECTION("after a rotation, and one that was never seen") {
        folder.rename("log", "log.2");
        folder.append("log.1", "x\n");
        fs::last_write_time(folder.path + "/log.1",
                            fs::last_write_time(folder.path + "/log.2") + std::chrono::seconds(1));
        folder.append("log", "y\n");
        auto follower = folder.follow(LogFollower::Start::AtEnd);
        CHECK(look(follower) == Seen{"half", "x", "y"});
        auto again = folder.follow(LogFollower::Start::AtEnd);
        CHECK(look(again).empty());
    }
    SECTION("after it was emptied") {
        fs::copy_file(folder.path + "/log", folder.path + "/log.1");
        fs::resize_file(folder.path + "/log", 0);
        folder.append("log", "y\n");
        auto follower = folder.follow(LogFollower::Start::AtEnd);
        CHECK(look(follower) == Seen{"half", "y"});
    }
    SECTION("after the old one was compressed away") {
        fs::remove(folder.path + "/log");
        folder.append("log", "brand new\n");
        auto follower = folder.follow(LogFollower::Start::AtEnd);
        CHECK(look(follower) == Seen{"brand new"});
    }
}

TEST_CASE("lines_without_end_are_passed_over_whole", "[access_log]") {
    const Folder folder;
    folder.append("log", std::string(1 << 20, 'x') + "\nafter\n" + std::string(kMaxLineBytes, 'y') +
                             "\n" + std::string(kMaxLineBytes + 1, 'z') + "\n\nlast\n");
    auto follower = folder.follow();
    std::vector<char> buffer(256 * 1024);
    Lines lines;
    ReadBudget budget{1 << 30, steady_now() + std::chrono::hours(1)};
    follower.look(buffer, budget, SteadyTime(), lines);
    CHECK(lines.too_long == 2);
    REQUIRE(lines.seen.size() == 4);
    CHECK(lines.seen[0] == "after");
    CHECK(lines.seen[1].size() == kMaxLineBytes);
    CHECK(lines.seen[2].empty());
    CHECK(lines.seen[3] == "last");
}

TEST_CASE("a_backlog_is_read_in_slices_and_above_a_limit_passed_over", "[access_log]") {
    const Folder folder;
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
        text += "line\n";
    }
    folder.append("log", text);
    std::vector<char> buffer(128 * 1024);
    Lines lines;
    auto follower = folder.follow();
    ReadBudget budget{1000, steady_now() + std::chrono::hours(1)};
    follower.look(buffer, budget, SteadyTime(), lines);
    CHECK(lines.seen.size() < 30'000);
    CHECK(follower.unread_bytes() > 0);
    auto limited = LogFollower(folder.path + "/log", "other", nullptr,
                               LogFollower::Start::AtBeginning, {502, {}, {}});
    CHECK(look(limited).size() == 100);
    CHECK(limited.skipped_bytes() == text.size() - 502);
}

TEST_CASE("what_is_no_log_is_refused_at_once", "[access_log]") {
    const Folder folder;
    REQUIRE(::mkfifo((folder.path + "/log").c_str(), 0600) == 0);
    auto follower = folder.follow();
    CHECK(look(follower).empty());
    CHECK(follower.error().find("not a regular file") != std::string::npos);
    fs::remove(folder.path + "/log");
    fs::create_directory(folder.path + "/log");
    look(follower);
    CHECK(follower.error().find("not a regular file") != std::string::npos);
}

TEST_CASE("cursors_survive_as_text_and_rubbish_is_none", "[access_log]") {
    const std::vector<LogCursor> cursors{{{1, 2}, 3, {4, ~0ULL}, 5, true},
                                         {{6, 7}, 0, {}, 0, false}};
    CHECK(parse_cursors(format_cursors(cursors)) == cursors);
    for (const char* text : {"1", "1 2 3 4 5 6 7\n", "1 2 -3 4 5 6 0\n", "a b c d e f g\n",
                             "1 2 18446744073709551615 4 5 6 0\n"}) {
        CHECK_FALSE(parse_cursors(text));
    }
}

TEST_CASE("names_that_rotation_gives_are_known", "[access_log]") {
    for (const char* name : {"access.log.1", "access.log-20260131", "access-20260131.log",
                             "access.log.old", "access.log.2026-01-31"}) {
        CHECK(is_rotated_name("access.log", name));
    }
    for (const char* name : {"access.log", "access.log.1.gz", "access_ssl.log", "access.logs",
                             "other.log.1", "access.log.bak", "access-api.log"}) {
        CHECK_FALSE(is_rotated_name("access.log", name));
    }
}
