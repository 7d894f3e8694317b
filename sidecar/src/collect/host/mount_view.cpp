#include "collect/host/mount_view.hpp"

#include <utility>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

// Mounts are numbered over all namespaces: one number is one mount.
bool is_same_mount(const Mount& left, const Mount& right) {
    return !left.id.empty() && left.id == right.id;
}

// A name leads to the same place in both. A process in a container that sees the machine's
// processes has another root, and the machine's mount points mean nothing to it.
bool has_same_root(const Mount* own, const Mount* machine) {
    return own != nullptr && machine != nullptr && own->device == machine->device &&
           own->root == machine->root && own->type == machine->type;
}

std::set<std::string> find_covered(const std::vector<Mount>& own,
                                   const std::vector<Mount>& machine) {
    std::set<std::string> out;
    for (const Mount& mount : machine) {
        const Mount* theirs = mounted_at(machine, mount.mount_point);
        const Mount* ours = mounted_at(own, mount.mount_point);
        if (ours == nullptr || ours->device != theirs->device) {
            out.insert(mount.mount_point);
        }
    }
    return out;
}

Result<std::vector<Mount>> read_mounts(const std::string& path) {
    const auto text = read_file(path, kMaxMountinfoBytes);
    if (!text) {
        return text.error();
    }
    auto mounts = parse_mountinfo(*text);
    return mounts ? std::move(mounts)
                  : Result<std::vector<Mount>>(mounts.error().with_prefix(path));
}

} // namespace

MountView choose_view(std::vector<Mount> own, const std::vector<Mount>* machine) {
    MountView view;
    const Mount* root = mounted_at(own, "/");
    const Mount* machine_root = machine != nullptr ? mounted_at(*machine, "/") : nullptr;
    if (!has_same_root(root, machine_root)) {
        view.is_the_machines = false;
        view.mounts = std::move(own);
    } else if (is_same_mount(*root, *machine_root)) {
        view.mounts = std::move(own);
    } else {
        view.in_sandbox = true;
        view.covered = find_covered(own, *machine);
        view.mounts = *machine;
    }
    return view;
}

Result<MountView> read_mount_view(const std::string& proc) {
    const auto machine = read_mounts(proc + "/1/mountinfo"); // hidepid may keep it from us
    auto own = read_mounts(proc + "/self/mountinfo");
    if (!own) {
        return own.error();
    }
    return choose_view(std::move(*own), machine ? &*machine : nullptr);
}

std::optional<bool> is_read_only(const MountView& view, const Mount& mount, bool told_read_only) {
    if (mount.file_system_read_only) {
        return true;
    }
    if (mount.mounted_read_only) {
        return view.is_the_machines ? std::optional(true) : std::nullopt;
    }
    return told_read_only && !view.in_sandbox;
}

std::optional<bool> is_read_only_by_error(const MountView& view, const Mount& mount) {
    if (!mount.file_system_read_only || !mount.mounted_read_only) {
        return mount.file_system_read_only;
    }
    return view.is_the_machines ? std::optional(false) : std::nullopt;
}

std::map<std::string, Result<DiskSpace>> ask_view(MountProbe& probe, const MountView& view,
                                                  const std::vector<std::string>& mount_points) {
    std::vector<std::string> open;
    std::map<std::string, Result<DiskSpace>> out;
    for (const std::string& mount_point : mount_points) {
        if (view.covered.contains(mount_point)) {
            out.emplace(mount_point, Error{mount_point + " is kept from the sidecar by its own "
                                                         "sandbox (ProtectHome=, "
                                                         "InaccessiblePaths= of its unit)"});
        } else {
            open.push_back(mount_point);
        }
    }
    out.merge(probe.ask_all(open));
    return out;
}

} // namespace opsmon::collect
