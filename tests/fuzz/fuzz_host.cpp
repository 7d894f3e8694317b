// What the collectors of the host read: any bytes in /proc, /sys or the store are a value or an
// error.

#include <cmath>
#include <string_view>

#include "collect/host/cgroup_facts.hpp"
#include "collect/host/cpu.hpp"
#include "collect/host/disk_io.hpp"
#include "collect/host/load.hpp"
#include "collect/host/memory.hpp"
#include "collect/host/mounts.hpp"
#include "collect/host/pressure.hpp"
#include "collect/postgresql/server_process.hpp"
#include "collect/postgresql/volume_places.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

void must(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

void fuzz_mounts(std::string_view text) {
    const auto mounts = parse_mountinfo(text);
    if (!mounts) {
        return;
    }
    const ChosenMounts chosen = choose_mounts(*mounts, {});
    must(chosen.mounts.size() <= kMaxMountPoints && chosen.mounts.size() <= mounts->size());
    const Mount* mount = find_mount(*mounts, text.substr(0, 64));
    must(mount == nullptr || !mount->mount_point.empty());
    const auto place = find_cgroup(text, *mounts, "memory");
    must(!place || (!place->folders.empty() && place->folders.size() <= kMaxCgroupLevels + 1));
}

void fuzz_cgroup(std::string_view text) {
    const auto limit = parse_cgroup_limit(text);
    must(!limit || !*limit || (**limit >= 0 && std::isfinite(**limit)));
    const auto quota = parse_cpu_max(text);
    must(!quota || !*quota || (**quota >= 0 && std::isfinite(**quota)));
    const std::vector<Mount> mounts = {{"0:1", "/c", "cgroup2", "", "/"}};
    const std::string content(text);
    read_cgroup(text, mounts, [&](const std::string&) { return Result<std::string>(content); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto cpu = parse_cpu(text)) {
        must(cpu->busy <= cpu->total);
    }
    if (const auto load = parse_load(text)) {
        must((*load)[0] >= 0);
    }
    if (const auto pressure = parse_pressure(text)) {
        must(pressure->waiting >= 0);
    }
    if (const auto memory = parse_memory(text)) {
        must(memory_usage_percent(*memory) >= 0 && memory_usage_percent(*memory) <= 100);
    }
    if (const auto devices = parse_diskstats(text)) {
        must(devices->size() <= size);
    }
    fuzz_mounts(text);
    fuzz_cgroup(text);
    const auto parent = parse_parent(text);
    must(!parent || *parent > 0);
    if (const auto known = known_volumes_from_json(text)) {
        must(known->places.size() <= kMaxVolumePlaces);
        must(known_volumes_from_json(to_json(*known)).has_value());
    }
    return 0;
}
