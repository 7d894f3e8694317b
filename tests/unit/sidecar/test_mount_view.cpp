#include <catch2/catch.hpp>

#include <filesystem>

#include "collect/host/disk.hpp"
#include "collect/host/mount_view.hpp"
#include "support/report_series.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;
using opsmon::test::series_of;

namespace {

constexpr const char* kMachine = "28 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
                                 "40 28 254:16 / /wal rw - xfs /dev/vdb rw\n"
                                 "41 28 254:32 / /home rw - ext4 /dev/vdc rw\n"
                                 "42 28 254:48 / /boot ro - ext4 /dev/vdd ro\n";
// The same machine as a service with ProtectSystem=strict and ProtectHome=yes has it.
constexpr const char* kSandbox = "128 1 254:1 / / ro,relatime - ext4 /dev/vda1 rw\n"
                                 "140 128 254:16 / /wal ro - xfs /dev/vdb rw\n"
                                 "141 128 254:32 / /home ro - ext4 /dev/vdc rw\n"
                                 "142 128 254:48 / /boot ro - ext4 /dev/vdd ro\n"
                                 "143 141 0:26 /systemd/inaccessible/dir /home ro - tmpfs t ro\n";
constexpr const char* kContainer = "228 1 0:60 / / rw - overlay overlay rw\n"
                                   "229 228 254:32 /data /data ro - ext4 /dev/vdc rw\n";

std::vector<Mount> mounts_of(const std::string& text) {
    auto mounts = parse_mountinfo(text);
    REQUIRE(mounts);
    return *mounts;
}

MountView view_of(const std::string& own, const std::string& machine) {
    const auto theirs = mounts_of(machine);
    return choose_view(mounts_of(own), &theirs);
}

const Mount& at(const MountView& view, const std::string& mount_point) {
    const Mount* mount = mounted_at(view.mounts, mount_point);
    REQUIRE(mount != nullptr);
    return *mount;
}

std::string with(std::string text, const std::string& before, const std::string& after) {
    const auto place = text.find(before);
    REQUIRE(place != std::string::npos);
    return text.replace(place, before.size(), after);
}

// A /proc in which this process and process 1 have these mounts.
struct Proc {
    test::ScratchFile file{""};
    std::filesystem::path folder = std::filesystem::path(file.path()).parent_path();

    explicit Proc(const std::string& own, const char* machine = nullptr) {
        put("self", own);
        if (machine != nullptr) {
            put("1", machine);
        }
    }
    void put(const std::string& process, const std::string& mountinfo) const {
        std::filesystem::create_directory(folder / process);
        std::ofstream(folder / process / "mountinfo") << mountinfo;
    }
    [[nodiscard]] CollectorReport report() const {
        // As statvfs() answers in the sandbox: everything is read-only there.
        DiskSource source(folder.string(), {}, MountProbe({10s, 10s}, [](const std::string&) {
                              DiskSpace space{100, 50, 50};
                              space.read_only = true;
                              return Result<DiskSpace>(space);
                          }));
        return source.collect({}, StopSignal()).at(0);
    }
};

} // namespace

TEST_CASE("a_process_without_a_sandbox_has_the_machines_mounts", "[mount_view]") {
    const MountView view = view_of(kMachine, kMachine);
    CHECK_FALSE(view.in_sandbox);
    CHECK(view.is_the_machines);
    CHECK(view.covered.empty());
    CHECK(is_read_only(view, at(view, "/boot"), true) == true);
    CHECK(is_read_only(view, at(view, "/wal"), true) == true); // what statvfs() says counts
    CHECK(is_read_only(view, at(view, "/wal"), false) == false);
}

TEST_CASE("what_a_sandbox_makes_read_only_is_writable_on_the_machine", "[mount_view]") {
    const MountView view = view_of(kSandbox, kMachine);
    CHECK(view.in_sandbox);
    for (const char* mount_point : {"/", "/wal", "/home"}) {
        CAPTURE(mount_point);
        CHECK(is_read_only(view, at(view, mount_point), true) == false);
        CHECK(is_read_only_by_error(view, at(view, mount_point)) == false);
    }
    CHECK(is_read_only(view, at(view, "/boot"), true) == true);
    CHECK(is_read_only_by_error(view, at(view, "/boot")) == false);
}

TEST_CASE("a_file_system_that_the_kernel_stopped_is_seen_out_of_a_sandbox", "[mount_view]") {
    const std::string stopped = "xfs /dev/vdb ro";
    const MountView view = view_of(with(kSandbox, "xfs /dev/vdb rw", stopped),
                                   with(kMachine, "xfs /dev/vdb rw", stopped));
    CHECK(is_read_only(view, at(view, "/wal"), true) == true);
    CHECK(is_read_only_by_error(view, at(view, "/wal")) == true);
}

TEST_CASE("a_disk_that_a_sandbox_covers_is_named", "[mount_view]") {
    CHECK(view_of(kSandbox, kMachine).covered == std::set<std::string>{"/home"});
    // Below a covered folder nothing is mounted any more.
    CHECK(view_of(kSandbox, std::string(kMachine) + "50 41 254:64 / /home/a rw - ext4 /dev/e rw\n")
              .covered == std::set<std::string>{"/home", "/home/a"});
}

TEST_CASE("a_mount_that_another_one_hides_on_the_machine_is_not_the_sandboxes_doing",
          "[mount_view]") {
    const std::string over = "60 28 254:80 / /wal rw - ext4 /dev/vdf rw\n";
    const std::string own_over = "160 128 254:80 / /wal ro - ext4 /dev/vdf rw\n";
    const MountView view = view_of(kSandbox + own_over, kMachine + over);
    CHECK(view.covered == std::set<std::string>{"/home"});
}

TEST_CASE("who_cannot_see_process_1_claims_nothing_of_what_is_read_only_for_him", "[mount_view]") {
    const MountView view = choose_view(mounts_of(kSandbox), nullptr);
    CHECK_FALSE(view.is_the_machines);
    CHECK(is_read_only(view, at(view, "/wal"), true) == std::nullopt);
    CHECK(is_read_only_by_error(view, at(view, "/wal")) == false); // its file system is written to
    CHECK(is_read_only(view, at(view, "/boot"), true) == true);    // nobody can write there
    CHECK(is_read_only_by_error(view, at(view, "/boot")) == std::nullopt);
    const MountView writable = choose_view(mounts_of(kMachine), nullptr);
    CHECK(is_read_only(writable, at(writable, "/wal"), false) == false);
}

TEST_CASE("the_mounts_of_a_machine_mean_nothing_under_another_root", "[mount_view]") {
    const MountView view = view_of(kContainer, kMachine); // docker run --pid=host
    CHECK_FALSE(view.in_sandbox);
    CHECK_FALSE(view.is_the_machines);
    CHECK(view.mounts.size() == 2);
    CHECK(view.covered.empty());
    CHECK(is_read_only(view, at(view, "/data"), true) == std::nullopt);
    // A folder of the same disk is another root as well.
    CHECK_FALSE(view_of(with(kSandbox, "254:1 / /", "254:1 /srv/root /"), kMachine).in_sandbox);
    // A process in a chroot has no mount for its root at all.
    CHECK_FALSE(view_of("40 28 254:16 / /wal rw - xfs /dev/vdb rw\n", kMachine).is_the_machines);
}

TEST_CASE("a_container_whose_process_1_it_shares_is_a_machine", "[mount_view]") {
    const MountView view = view_of(kContainer, kContainer);
    CHECK(view.is_the_machines);
    CHECK(is_read_only(view, at(view, "/data"), true) == true);
}

TEST_CASE("the_disk_collector_reports_the_machine_out_of_a_sandbox", "[mount_view][disk]") {
    const auto report = Proc(kSandbox, kMachine).report();
    const auto series = series_of(report);
    CHECK(series.at("system_disk_read_only /") == 0);
    CHECK(series.at("system_disk_read_only /wal") == 0);
    CHECK(series.at("system_disk_read_only /boot") == 1);
    CHECK(series.at("system_disk_usage_percent /wal") == 50);
    // Its sandbox keeps /home from it: that is said, and no figure of something else is shown.
    CHECK_FALSE(report.success);
    CHECK(report.error.find("/home is kept from the sidecar by its own sandbox") !=
          std::string::npos);
    REQUIRE(report.silent.size() == 1);
    CHECK(report.silent[0].value == "/home");
    CHECK_FALSE(series.contains("system_disk_usage_percent /home"));
    CHECK(series.at("system_disk_unanswered /home") == 0);
}

TEST_CASE("the_disk_collector_works_where_process_1_is_not_to_be_seen", "[mount_view][disk]") {
    const auto report = Proc(with(kSandbox, "/home ro - tmpfs", "/x ro - tmpfs")).report();
    CHECK(report.success);
    const auto series = series_of(report);
    CHECK_FALSE(series.contains("system_disk_read_only /wal"));
    CHECK(series.at("system_disk_read_only_by_error /wal") == 0);
    CHECK(series.at("system_disk_read_only /boot") == 1);
}

TEST_CASE("mounts_of_process_1_that_make_no_sense_are_as_good_as_none", "[mount_view]") {
    const Proc proc(kMachine, "garbage\n");
    const auto own = read_mount_view(proc.folder.string());
    REQUIRE(own);
    CHECK_FALSE(own->is_the_machines);
    CHECK(own->mounts.size() == 4);
}
