#include "collect/host/cgroup_place.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxLines = 100;

bool is_in_list(std::string_view list, std::string_view wanted) {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        if (list.substr(0, end) == wanted) {
            return true;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

// The path in the line "number:controllers:path"; version 2 has no controllers there.
std::optional<std::string_view> find_path(std::string_view proc_cgroup,
                                          std::string_view controller) {
    for (std::size_t i = 0; i < kMaxLines && !proc_cgroup.empty(); ++i) {
        const std::string_view line = take_line(proc_cgroup);
        const auto first = line.find(':');
        const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos) {
            continue;
        }
        const std::string_view controllers = line.substr(first + 1, second - first - 1);
        if (controller.empty() ? controllers.empty() : is_in_list(controllers, controller)) {
            return line.substr(second + 1);
        }
    }
    return std::nullopt;
}

// A path such as /../x leads out of what this process can see.
bool leads_out(std::string_view path) {
    return !path.starts_with('/') || path == "/.." || path.find("/../") != std::string_view::npos ||
           path.ends_with("/..");
}

std::optional<std::vector<std::string>> folders_of(const Mount& mount, std::string_view path) {
    if (leads_out(path) || leads_out(mount.root)) {
        return std::nullopt;
    }
    if (mount.root != "/") { // a container without a namespace of its own for cgroups
        const bool below = path.starts_with(mount.root) &&
                           (path.size() == mount.root.size() || path[mount.root.size()] == '/');
        if (!below) {
            return std::nullopt;
        }
        path.remove_prefix(mount.root.size());
    }
    std::vector<std::string> folders;
    while (path.size() > 1 && folders.size() < kMaxCgroupLevels) {
        folders.push_back(mount.mount_point + std::string(path));
        path = path.substr(0, path.rfind('/'));
    }
    folders.push_back(mount.mount_point);
    return folders;
}

} // namespace

std::optional<CgroupPlace> find_cgroup(std::string_view proc_cgroup,
                                       const std::vector<Mount>& mounts,
                                       std::string_view controller) {
    const auto look = [&](int version, auto&& is_its_mount,
                          std::string_view listed_as) -> std::optional<CgroupPlace> {
        const auto path = find_path(proc_cgroup, listed_as);
        const auto mount = std::find_if(mounts.begin(), mounts.end(), is_its_mount);
        if (!path || mount == mounts.end()) {
            return std::nullopt;
        }
        auto folders = folders_of(*mount, *path);
        return folders ? std::optional(CgroupPlace{version, std::move(*folders)}) : std::nullopt;
    };
    // A controller belongs to one of the two at a time.
    const auto is_v1 = [&](const Mount& mount) {
        return mount.type == "cgroup" && is_in_list(mount.file_system_options, controller);
    };
    if (std::any_of(mounts.begin(), mounts.end(), is_v1)) {
        return look(1, is_v1, controller);
    }
    return look(
        2, [](const Mount& mount) { return mount.type == "cgroup2"; }, "");
}

} // namespace opsmon::collect
