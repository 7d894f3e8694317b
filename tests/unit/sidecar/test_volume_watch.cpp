#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>

#include "collect/postgresql/volume_watch.hpp"
#include "support/report_series.hpp"
#include "support/scratch_file.hpp"

using namespace opsmon;
using namespace opsmon::collect;
using namespace std::chrono_literals;
using opsmon::test::series_of;

namespace {

constexpr const char* kMounts = "28 1 253:1 / / rw - ext4 /dev/vda1 rw\n"
                                "40 28 253:16 / /wal rw - ext4 /dev/vdb rw\n"
                                "41 28 253:32 / /archive rw - xfs /dev/vdc rw\n";
constexpr double kMiB = 1024 * 1024;

// A machine whose mounts and file systems the test changes.
struct Machine {
    test::ScratchFile mountinfo{"", "mountinfo"};
    std::filesystem::path proc = std::filesystem::path(mountinfo.path()).parent_path();
    std::shared_ptr<std::map<std::string, DiskSpace>> spaces =
        std::make_shared<std::map<std::string, DiskSpace>>();
    std::shared_ptr<VolumeMemory> memory;

    explicit Machine(std::shared_ptr<store::Store> store = nullptr)
        : memory(std::make_shared<VolumeMemory>(std::move(store))) {
        std::filesystem::create_directory(proc / "self");
        mount(kMounts);
        (*spaces)["/"] = {1e12, 5e11, 5e11, 1e6, 9e5};
        (*spaces)["/wal"] = {1e11, 6e10, 6e10, 1e6, 9e5};
        (*spaces)["/archive"] = {7e11, 7e10, 7e10, 1e6, 9e5};
    }

    void mount(const std::string& text) const {
        std::ofstream(proc / "self" / "mountinfo") << text;
    }

    [[nodiscard]] VolumeWatch watch(const std::string& archive = "",
                                    const std::string& server = "host=/tmp") const {
        return {proc.string(), server, archive,
                MountProbe({10s, 10s},
                           [all = spaces](const std::string& at) -> Result<DiskSpace> {
                               const auto found = all->find(at);
                               if (found == all->end()) {
                                   return Error{at + " still does not answer", true};
                               }
                               return found->second;
                           }),
                memory};
    }
};

postgres::VolumeRow row(const std::string& volume, const std::string& path, double size,
                        double free, double st_dev) {
    postgres::VolumeRow out;
    out.volume = volume;
    out.size_bytes = size;
    out.free_bytes = free;
    out.free_inodes = 1000;
    out.path = path;
    out.device = st_dev;
    return out;
}

HeardVolumes heard(bool on_this_machine = true) {
    return {on_this_machine,
            {row("data", "/var/lib/main", 1e12, 5e11, 253 * 256 + 1),
             row("wal", "/wal/pg_wal", 1e11, 6e10, 253 * 256 + 16)},
            16 * kMiB};
}

const std::string kWalInfo = "postgresql_volume_info wal /wal /dev/vdb";

} // namespace

TEST_CASE("says_which_mount_carries_the_wal_behind_its_link", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard();
    const auto report = watch.report(&now);
    CHECK(report.success);
    const auto series = series_of(report);
    CHECK(series.at(kWalInfo) == 1);
    CHECK(series.at("postgresql_volume_info data / /dev/vda1") == 1);
    CHECK(series.at("postgresql_volume_free_bytes wal") == 6e10);
    CHECK(series.at("postgresql_volume_size_bytes wal") == 1e11);
    CHECK(series.at("postgresql_wal_volume_full") == 0);
}

TEST_CASE("the_wal_volume_is_watched_with_the_server_down", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard();
    (void)watch.report(&now);
    (*machine.spaces)["/wal"] = {1e11, 9 * kMiB, 8 * kMiB, 1e6, 77};
    const auto report = watch.report(nullptr);
    CHECK(report.success);
    const auto series = series_of(report);
    CHECK(series.at(kWalInfo) == 1);
    CHECK(series.at("postgresql_volume_free_bytes wal") == 8 * kMiB); // not what is root's
    CHECK(series.at("postgresql_volume_free_inodes wal") == 77);
    CHECK(series.at("postgresql_volume_free_bytes data") == 5e11);
    CHECK(series.at("postgresql_wal_volume_full") == 1);
}

TEST_CASE("a_volume_that_was_enlarged_while_the_server_is_down_is_the_same",
          "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard();
    (void)watch.report(&now);
    (*machine.spaces)["/wal"] = {2e11, 1e11, 1e11, 1e6, 9e5};
    CHECK(series_of(watch.report(nullptr)).at("postgresql_volume_size_bytes wal") == 2e11);
}

TEST_CASE("volumes_are_remembered_over_a_restart_of_the_sidecar", "[postgresql_volume]") {
    const test::ScratchFile folder("");
    const auto path = std::filesystem::path(folder.path()).parent_path() / "store";
    {
        const Machine before(*store::Store::open(path.string()));
        VolumeWatch watch = before.watch();
        const HeardVolumes now = heard();
        (void)watch.report(&now);
    }
    const Machine after(*store::Store::open(path.string()));
    VolumeWatch watch = after.watch();
    const auto report = watch.report(nullptr);
    CHECK(report.success);
    CHECK(series_of(report).at("postgresql_volume_free_bytes wal") == 6e10);
    // Nothing is known of another server.
    VolumeWatch other = after.watch("", "host=/elsewhere");
    CHECK_FALSE(other.report(nullptr).success);
}

TEST_CASE("the_store_is_read_in_a_cycle_and_again_after_a_failure", "[postgresql_volume]") {
    class Unreadable : public store::Database {
    public:
        explicit Unreadable(std::shared_ptr<std::atomic<int>> reads) : reads_(std::move(reads)) {}
        Result<std::optional<std::string>> read(const store::Key&) override {
            ++*reads_;
            return Error{"Input/output error", true};
        }
        Result<void> write(const store::Key&, const std::optional<std::string>&) override {
            return {};
        }
        Result<std::vector<store::Entry>> read_all(const std::string&) override {
            return std::vector<store::Entry>();
        }
        Result<void> write_batch(const std::vector<store::Change>&) override { return {}; }

    private:
        std::shared_ptr<std::atomic<int>> reads_;
    };
    const auto reads = std::make_shared<std::atomic<int>>(0);
    store::Store::Limits limits;
    limits.patience = 30s;
    limits.retry = 0ms;
    const Machine machine(*store::Store::open("/fake", limits, [reads](const std::string&) {
        return store::OpenedDatabase(std::make_unique<Unreadable>(reads));
    }));
    VolumeWatch watch = machine.watch();
    CHECK(*reads == 0); // a reload makes it, and may wait for no disk
    CHECK_FALSE(watch.report(nullptr).success);
    CHECK(*reads == 1);
    const SteadyTime end = steady_now() + 30s;
    while (*reads == 1 && steady_now() < end) { // it has to be opened again first
        CHECK_FALSE(watch.report(nullptr).success);
    }
    CHECK(*reads > 1);
}

TEST_CASE("volumes_are_remembered_over_a_reload_without_a_store", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch before = machine.watch();
    const HeardVolumes now = heard();
    (void)before.report(&now);
    VolumeWatch after = machine.watch("/archive");
    CHECK(series_of(after.report(nullptr)).at(kWalInfo) == 1);
}

TEST_CASE("what_the_server_says_replaces_what_was_remembered", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    HeardVolumes now = heard();
    (void)watch.report(&now);
    now.volumes[1] = row("wal", "/archive/pg_wal", 7e11, 7e10, 253 * 256 + 32); // it was moved
    CHECK(series_of(watch.report(&now)).at("postgresql_volume_info wal /archive /dev/vdc") == 1);
    const auto series = series_of(watch.report(nullptr));
    CHECK_FALSE(series.contains(kWalInfo));
    CHECK(series.at("postgresql_volume_free_bytes wal") == 7e10);
}

TEST_CASE("nothing_is_claimed_of_a_server_elsewhere", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard(false);
    const auto report = watch.report(&now);
    CHECK(report.success);
    CHECK(series_of(report).at("postgresql_volume_free_bytes wal") == 6e10); // the server's word
    CHECK_FALSE(series_of(report).contains(kWalInfo));
    const auto down = watch.report(nullptr);
    CHECK_FALSE(down.success);
    CHECK(series_of(down).empty());
}

TEST_CASE("nothing_is_claimed_where_the_file_system_is_another", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    HeardVolumes now = heard();
    now.volumes[1].size_bytes = 1e11 + 4096; // the server's own mount namespace
    const auto report = watch.report(&now);
    CHECK(report.success);
    CHECK_FALSE(series_of(report).contains(kWalInfo));
    CHECK_FALSE(series_of(watch.report(nullptr)).contains("postgresql_volume_free_bytes wal"));
}

TEST_CASE("another_file_systems_figures_are_never_shown_as_the_wal_volumes",
          "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard();
    (void)watch.report(&now);
    machine.mount("28 1 253:1 / / rw - ext4 /dev/vda1 rw\n"); // /wal is gone
    const auto report = watch.report(nullptr);
    CHECK_FALSE(report.success);
    CHECK(report.error.find("not mounted there now") != std::string::npos);
    const auto series = series_of(report);
    CHECK_FALSE(series.contains("postgresql_volume_free_bytes wal"));
    CHECK_FALSE(series.contains("postgresql_wal_volume_full"));
    CHECK(series.at("postgresql_volume_free_bytes data") == 5e11);
    machine.mount(kMounts); // and comes back
    CHECK(watch.report(nullptr).success);
}

TEST_CASE("a_volume_that_hangs_is_named_and_the_others_are_shown", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard();
    (void)watch.report(&now);
    machine.spaces->erase("/wal");
    // The server still answers: its figures count, and what was proved before holds.
    const auto up = series_of(watch.report(&now));
    CHECK(up.at(kWalInfo) == 1);
    CHECK(up.at("postgresql_volume_free_bytes wal") == 6e10);
    const auto down = watch.report(nullptr);
    CHECK_FALSE(down.success);
    CHECK(down.error == "the wal volume: /wal still does not answer");
    CHECK_FALSE(series_of(down).contains("postgresql_volume_free_bytes wal"));
    CHECK(series_of(down).contains("postgresql_volume_free_bytes data"));
    REQUIRE(down.silent.size() == 1);
    CHECK(down.silent[0].value == "wal");
}

TEST_CASE("the_archive_is_known_by_its_configured_path_alone", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch("/archive/wal");
    const HeardVolumes now = heard();
    const auto up = series_of(watch.report(&now));
    CHECK(up.at("postgresql_volume_info archive /archive /dev/vdc") == 1);
    CHECK(up.at("postgresql_volume_free_bytes archive") == 7e10);
    CHECK(series_of(watch.report(nullptr)).at("postgresql_volume_free_bytes archive") == 7e10);
}

TEST_CASE("an_archive_whose_mount_is_gone_is_not_the_file_system_below", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch("/archive/wal");
    const HeardVolumes now = heard();
    (void)watch.report(&now);
    machine.mount("28 1 253:1 / / rw - ext4 /dev/vda1 rw\n"
                  "40 28 253:16 / /wal rw - ext4 /dev/vdb rw\n");
    const auto report = watch.report(&now);
    CHECK(report.error == "the archive volume was on /archive, where nothing is mounted now");
    CHECK_FALSE(series_of(report).contains("postgresql_volume_free_bytes archive"));
    REQUIRE(report.silent.size() == 1);
    CHECK(report.silent[0].value == "archive");
    machine.mount(kMounts);
    CHECK(watch.report(&now).success);
}

TEST_CASE("a_volume_whose_room_the_server_cannot_tell_is_silent", "[postgresql_volume]") {
    const Machine machine;
    VolumeWatch watch = machine.watch();
    HeardVolumes now = heard();
    now.volumes[0].free_bytes.reset();
    const auto report = watch.report(&now);
    CHECK_FALSE(report.success);
    REQUIRE(report.silent.size() == 1);
    CHECK(report.silent[0].value == now.volumes[0].volume);
}

TEST_CASE("a_mountinfo_that_cannot_be_read_costs_the_mounts_and_not_the_servers_word",
          "[postgresql_volume]") {
    const Machine machine;
    machine.mount("28 1 253:1 /");
    VolumeWatch watch = machine.watch();
    const HeardVolumes now = heard();
    const auto report = watch.report(&now);
    CHECK_FALSE(report.success);
    CHECK(series_of(report).at("postgresql_volume_free_bytes wal") == 6e10);
}

TEST_CASE("an_archive_that_a_sandbox_covers_shows_no_figures_of_something_else",
          "[postgresql_volume]") {
    const Machine machine;
    std::filesystem::create_directory(machine.proc / "1");
    std::ofstream(machine.proc / "1" / "mountinfo") << kMounts;
    machine.mount("128 1 253:1 / / ro - ext4 /dev/vda1 rw\n"
                  "140 128 253:16 / /wal ro - ext4 /dev/vdb rw\n"
                  "143 128 0:26 / /archive ro - tmpfs tmpfs ro\n");
    VolumeWatch watch = machine.watch("/archive/wal");
    const HeardVolumes now = heard();
    const auto report = watch.report(&now);
    CHECK(report.error.find("/archive is kept from the sidecar") != std::string::npos);
    const auto series = series_of(report);
    CHECK_FALSE(series.contains("postgresql_volume_free_bytes archive"));
    CHECK(series.at(kWalInfo) == 1);
    CHECK(series.at("postgresql_volume_free_bytes wal") == 6e10);
}
