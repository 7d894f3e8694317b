#pragma once
// This component decides by whose word a mount is read-only: by that of process 1, whose mounts are
// the machine's (or the container's), where it can be had. A service may have mounts of its own, in
// which everything is read-only (ProtectSystem=strict of systemd) or covered (ProtectHome=yes):
// that is its sandbox and says nothing of the disks. The collectors of disks and of PostgreSQL's
// volumes use it. It never leaves its own root folder: what it names can be asked by that name.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "collect/host/mount_probe.hpp"
#include "collect/host/mounts.hpp"

namespace opsmon::collect {

struct MountView {
    std::vector<Mount> mounts;
    // This process has other mounts than the machine: statvfs() tells of those, where it says
    // read-only.
    bool in_sandbox = false;
    // False: these are this process's own, and whether the machine's are the same is not known.
    bool is_the_machines = true;
    // Mount points at which this process meets something else than the machine does.
    std::set<std::string> covered = {};
};

// `machine` is what process 1 has; null: nobody may know.
MountView choose_view(std::vector<Mount> own, const std::vector<Mount>* machine);

Result<MountView> read_mount_view(const std::string& proc);

// Can nothing be written there, by the word of the machine? Nothing: only a sandbox says so.
// `told_read_only` is what statvfs() said.
std::optional<bool> is_read_only(const MountView& view, const Mount& mount, bool told_read_only);

// The kernel does not write there any more although it was mounted to be written.
std::optional<bool> is_read_only_by_error(const MountView& view, const Mount& mount);

// One answer per mount point; one that is covered is an error, and its file system is not asked.
std::map<std::string, Result<DiskSpace>> ask_view(MountProbe& probe, const MountView& view,
                                                  const std::vector<std::string>& mount_points);

} // namespace opsmon::collect
