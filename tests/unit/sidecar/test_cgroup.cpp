#include <catch2/catch.hpp>

#include <map>

#include "collect/host/cgroup.hpp"
#include "collect/host/cgroup_facts.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

// Captured on a machine with both versions side by side.
constexpr const char* kHybridMounts =
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr const char* kHybridCgroup = "9:name=systemd:/\n8:pids:/\n4:memory:/api/6df6\n"
                                      "2:cpuacct:/\n1:cpu:/web\n0::/\n";
constexpr const char* kUnifiedMounts =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 "
    "rw,nsdelegate,memory_recursiveprot\n";

std::vector<Mount> mounts_of(const std::string& text) {
    return *parse_mountinfo(text);
}

using Files = std::map<std::string, std::string>;

CgroupReading read_from(const Files& files, const std::string& cgroup, const std::string& mounts) {
    return read_cgroup(cgroup, mounts_of(mounts),
                       [&](const std::string& path) -> Result<std::string> {
                           const auto found = files.find(path);
                           if (found == files.end()) {
                               return Error{"cannot open " + path + ": No such file or directory"};
                           }
                           return found->second;
                       });
}

const std::string kRoot = "/sys/fs/cgroup";
const std::string kSlice = kRoot + "/db.slice";
const std::string kUnit = kSlice + "/postgresql.service";

Files unified() {
    return {{kUnit + "/memory.max", "max\n"},
            {kUnit + "/memory.current", "300000000\n"},
            {kUnit + "/memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n"},
            {kSlice + "/memory.max", "1000000000\n"},
            {kSlice + "/memory.current", "900000000\n"},
            {kSlice + "/memory.stat", "anon 500000000\nfile 400000000\ninactive_file 250000000\n"},
            {kUnit + "/cpu.max", "150000 100000\n"},
            {kUnit + "/cpu.stat", "usage_usec 10\nnr_periods 100\nnr_throttled 7\n"
                                  "throttled_usec 2500000\n"},
            {kSlice + "/cpu.max", "max 100000\n"},
            {kUnit + "/pids.max", "200\n"},
            {kUnit + "/pids.current", "23\n"},
            {kSlice + "/pids.max", "max\n"}};
}

} // namespace

TEST_CASE("finds_a_cgroup_of_version_2_with_its_parents", "[cgroup]") {
    const auto place =
        find_cgroup("0::/db.slice/postgresql.service\n", mounts_of(kUnifiedMounts), "memory");
    REQUIRE(place);
    CHECK(place->version == 2);
    CHECK(place->folders == std::vector<std::string>{kUnit, kSlice, kRoot});
}

TEST_CASE("finds_each_controller_where_version_1_has_it", "[cgroup]") {
    const auto memory = find_cgroup(kHybridCgroup, mounts_of(kHybridMounts), "memory");
    REQUIRE(memory);
    CHECK(memory->version == 1);
    CHECK(memory->folders == std::vector<std::string>{"/sys/fs/cgroup/memory/api/6df6",
                                                      "/sys/fs/cgroup/memory/api",
                                                      "/sys/fs/cgroup/memory"});
    CHECK(find_cgroup(kHybridCgroup, mounts_of(kHybridMounts), "cpu")->folders.front() ==
          "/sys/fs/cgroup/cpu/web"); // not that of cpuacct
}

TEST_CASE("strips_what_a_container_without_its_own_namespace_has_mounted", "[cgroup]") {
    const std::string mounts =
        "9 8 0:32 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
    CHECK(find_cgroup("4:memory:/docker/ab\n", mounts_of(mounts), "memory")->folders ==
          std::vector<std::string>{"/sys/fs/cgroup/memory"});
    CHECK(find_cgroup("4:memory:/docker/ab/x\n", mounts_of(mounts), "memory")->folders.front() ==
          "/sys/fs/cgroup/memory/x");
    CHECK_FALSE(find_cgroup("4:memory:/docker/abc\n", mounts_of(mounts), "memory"));
}

TEST_CASE("a_cgroup_that_cannot_be_seen_from_here_is_not_guessed", "[cgroup]") {
    const auto mounts = mounts_of(kUnifiedMounts);
    for (const char* text : {"", "0", "0:", "0::", "0::relative", "0::/../other", "0::/a/../../b",
                             "0::/..", "4:memory:/x", "::::", "\xff\xfe\n"}) {
        CAPTURE(text);
        CHECK_FALSE(find_cgroup(text, mounts, "memory"));
    }
    CHECK_FALSE(find_cgroup("0::/\n", {}, "memory"));
}

TEST_CASE("there_is_a_limit_of_levels", "[cgroup]") {
    std::string deep = "0::";
    for (int i = 0; i < 1000; ++i) {
        deep += "/x";
    }
    CHECK(find_cgroup(deep, mounts_of(kUnifiedMounts), "memory")->folders.size() <=
          kMaxCgroupLevels + 1);
}

TEST_CASE("the_smallest_limit_on_the_way_counts_with_what_is_used_of_it", "[cgroup]") {
    const auto reading = read_from(unified(), "0::/db.slice/postgresql.service\n", kUnifiedMounts);
    CHECK(reading.error.empty());
    const CgroupFacts& facts = reading.facts;
    CHECK(facts.memory_limit_bytes == 1e9);
    CHECK(facts.memory_usage_bytes == 9e8);
    CHECK(facts.memory_working_set_bytes == 6.5e8);
    CHECK(facts.oom_kills == 1.0);
    CHECK(facts.cpu_quota_cores == 1.5);
    CHECK(facts.cpu_periods == 100.0);
    CHECK(facts.cpu_throttled_periods == 7.0);
    CHECK(facts.cpu_throttled_seconds == 2.5);
    CHECK(facts.pids == 23.0);
    CHECK(facts.pids_limit == 200.0);
}

TEST_CASE("without_a_limit_there_is_none_rather_than_a_huge_one", "[cgroup]") {
    Files files = unified();
    files[kSlice + "/memory.max"] = "max\n";
    files[kUnit + "/cpu.max"] = "max 100000\n";
    files[kUnit + "/pids.max"] = "max\n";
    const auto facts = read_from(files, "0::/db.slice/postgresql.service\n", kUnifiedMounts).facts;
    CHECK_FALSE(facts.memory_limit_bytes);
    CHECK(facts.memory_usage_bytes == 3e8); // its own
    CHECK_FALSE(facts.cpu_quota_cores);
    CHECK_FALSE(facts.cpu_periods);
    CHECK_FALSE(facts.pids_limit);
    CHECK(facts.pids == 23.0);
    // version 1 has a number for it
    CHECK_FALSE(*parse_cgroup_limit("9223372036854771712\n"));
    CHECK_FALSE(*parse_cgroup_limit("18446744073709551615\n"));
    CHECK_FALSE(*parse_cgroup_limit("-1\n"));
}

TEST_CASE("reads_version_1_with_its_own_names_and_units", "[cgroup]") {
    const std::string memory = "/sys/fs/cgroup/memory/api/6df6";
    const std::string cpu = "/sys/fs/cgroup/cpu/web";
    const Files files = {
        {memory + "/memory.limit_in_bytes", "536870912\n"},
        {memory + "/memory.usage_in_bytes", "268435456\n"},
        {memory + "/memory.stat", "inactive_file 1\ntotal_inactive_file 68435456\n"},
        {memory + "/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"},
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
        {cpu + "/cpu.cfs_quota_us", "50000\n"},
        {cpu + "/cpu.cfs_period_us", "100000\n"},
        {cpu + "/cpu.stat", "nr_periods 10\nnr_throttled 5\nthrottled_time 1500000000\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"},
        {"/sys/fs/cgroup/pids/pids.current", "999\n"}};
    const auto reading = read_from(files, kHybridCgroup, kHybridMounts);
    CHECK(reading.error.empty());
    CHECK(reading.facts.memory_limit_bytes == 536870912.0);
    CHECK(reading.facts.memory_working_set_bytes == 2e8);
    CHECK(reading.facts.oom_kills == 3.0);
    CHECK(reading.facts.cpu_quota_cores == 0.5);
    CHECK(reading.facts.cpu_throttled_seconds == 1.5);
    CHECK_FALSE(reading.facts.pids); // the root's: the whole machine
}

TEST_CASE("cgroup_files_that_make_no_sense_are_named", "[cgroup]") {
    for (const char* text : {"", "x", "-5", "1e9", "12 13", "999999999999999999999999", "\xff"}) {
        CAPTURE(text);
        Files files = unified();
        files[kSlice + "/memory.max"] = text;
        const auto reading = read_from(files, "0::/db.slice/postgresql.service\n", kUnifiedMounts);
        CHECK(reading.error.find(kSlice + "/memory.max: ") == 0);
        CHECK_FALSE(reading.facts.memory_limit_bytes);
        CHECK(reading.facts.cpu_quota_cores == 1.5); // the rest is there
    }
    for (const char* text : {"", "max", "100", "100 0", "x 100", "100 x", "1 2 3", "-7 100"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_cpu_max(text));
    }
    CHECK_FALSE(find_cgroup_value("oom_kill\n", "oom_kill"));
    CHECK_FALSE(find_cgroup_value("oom_kill -1\n", "oom_kill"));
    CHECK_FALSE(find_cgroup_value("oom_killer 1\n", "oom_kill"));
}

TEST_CASE("a_machine_without_cgroups_is_no_failure", "[cgroup]") {
    CgroupSource source(OPSMON_FIXTURES "/proc", "/none", std::make_shared<ServerProcess>());
    const auto reports = source.collect({}, StopSignal());
    CHECK(reports[0].success);
    CHECK(reports[0].samples.samples().empty());
}

TEST_CASE("reads_this_machines_own_cgroup_without_a_failure", "[cgroup]") {
    CgroupSource source("/proc", "/sys", std::make_shared<ServerProcess>());
    const auto reports = source.collect({}, StopSignal());
    CAPTURE(reports[0].error);
    CHECK(reports[0].success);
}
