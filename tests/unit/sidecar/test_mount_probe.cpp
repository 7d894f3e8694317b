#include <catch2/catch.hpp>

#include <future>
#include <set>
#include <system_error>

#include "base/scheduler.hpp"
#include "collect/host/mount_probe.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;

namespace {

// File systems of which some hang until released.
struct FakeMounts {
    std::set<std::string> hanging;
    StopSignal released;
    std::atomic<int> calls_on_hanging = 0;

    Result<DiskSpace> ask(const std::string& mount_point) {
        if (mount_point == "/broken") {
            return Error{"/broken: Input/output error"};
        }
        if (hanging.contains(mount_point)) {
            ++calls_on_hanging;
            released.wait_until(steady_now() + 60s);
        }
        return DiskSpace{100, 50, 40};
    }
};

MountProbe probe_of(const std::shared_ptr<FakeMounts>& mounts,
                    std::chrono::milliseconds per_mount = 20ms) {
    return MountProbe({per_mount, 30s}, [mounts](const std::string& mount_point) {
        return mounts->ask(mount_point);
    });
}

} // namespace

TEST_CASE("asks_every_mount") {
    auto mounts = std::make_shared<FakeMounts>();
    auto answers = probe_of(mounts, 10s).ask_all({"/", "/broken", "/home"});
    REQUIRE(answers.size() == 3);
    CHECK(answers.at("/").ok());
    CHECK(answers.at("/home").ok());
    CHECK(answers.at("/broken").error().message == "/broken: Input/output error");
}

TEST_CASE("a_hanging_mount_does_not_hide_the_others_and_is_asked_once_only") {
    auto mounts = std::make_shared<FakeMounts>();
    mounts->hanging = {"/nfs", "/nfs2"};
    MountProbe probe = probe_of(mounts, 200ms);
    for (int cycle = 0; cycle < 3; ++cycle) {
        auto answers = probe.ask_all({"/", "/nfs", "/home", "/nfs2"});
        REQUIRE(answers.size() == 4);
        CHECK(answers.at("/").ok());
        CHECK(answers.at("/home").ok());
        CHECK(answers.at("/nfs").error().message == "/nfs still does not answer");
        CHECK_FALSE(answers.at("/nfs2").ok());
    }
    CHECK(mounts->calls_on_hanging == 2);
    mounts->released.request();
}

TEST_CASE("a_mount_that_has_come_back_is_asked_again") {
    auto mounts = std::make_shared<FakeMounts>();
    mounts->hanging = {"/nfs"};
    MountProbe probe = probe_of(mounts);
    CHECK_FALSE(probe.ask_all({"/nfs"}).at("/nfs").ok());
    mounts->released.request();
    const SteadyTime deadline = steady_now() + 10s;
    bool back = false;
    while (!back && steady_now() < deadline) {
        back = probe.ask_all({"/nfs"}).at("/nfs").ok();
    }
    CHECK(back);
}

TEST_CASE("the_total_patience_is_not_exceeded_by_many_hanging_mounts") {
    auto mounts = std::make_shared<FakeMounts>();
    std::vector<std::string> names;
    for (int i = 0; i < 50; ++i) {
        names.push_back("/nfs" + std::to_string(i));
        mounts->hanging.insert(names.back());
    }
    MountProbe probe({50ms, 200ms},
                     [mounts](const std::string& mount_point) { return mounts->ask(mount_point); });
    const SteadyTime begun = steady_now();
    const auto answers = probe.ask_all(names);
    CHECK(steady_now() - begun < 10s);
    CHECK(answers.size() == 50);
    CHECK(mounts->calls_on_hanging < 50);
    mounts->released.request();
}

TEST_CASE("a_system_without_a_thread_left_is_an_answer_for_each_mount_that_remains", "[disk]") {
    auto mounts = std::make_shared<FakeMounts>();
    mounts->hanging = {"/nfs"};
    int threads_left = 1;
    MountProbe probe(
        {200ms, 30s}, [mounts](const std::string& mount_point) { return mounts->ask(mount_point); },
        std::make_shared<StuckMounts>(),
        [&](std::function<void()> work) {
            if (threads_left-- == 0) {
                throw std::system_error(EAGAIN, std::generic_category());
            }
            start_thread(std::move(work));
        });
    const auto answers = probe.ask_all({"/", "/nfs", "/home", "/srv"});
    mounts->released.request();
    REQUIRE(answers.size() == 4);
    CHECK(answers.at("/").ok());
    CHECK(answers.at("/nfs").error().message == "/nfs still does not answer");
    for (const char* mount_point : {"/home", "/srv"}) {
        REQUIRE_FALSE(answers.at(mount_point).ok());
        CHECK(answers.at(mount_point).error().retryable);
        CHECK(answers.at(mount_point).error().message.find("no thread left") != std::string::npos);
    }
}

TEST_CASE("a_mount_that_hangs_is_not_asked_again_by_a_probe_that_a_reload_made", "[disk]") {
    auto mounts = std::make_shared<FakeMounts>();
    mounts->hanging = {"/nfs"};
    const auto ask = [mounts](const std::string& mount_point) { return mounts->ask(mount_point); };
    const auto stuck = std::make_shared<StuckMounts>();
    for (int reload = 0; reload < 3; ++reload) {
        MountProbe probe({200ms, 30s}, ask, stuck);
        const auto answers = probe.ask_all({"/", "/nfs"});
        CHECK(answers.at("/").ok());
        CHECK(answers.at("/nfs").error().message == "/nfs still does not answer");
    }
    CHECK(mounts->calls_on_hanging == 1);
    mounts->released.request();
}
