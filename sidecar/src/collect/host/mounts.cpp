#include "collect/host/mounts.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxWords = 64;
constexpr std::size_t kIdWord = 0;
constexpr std::size_t kDeviceWord = 2;
constexpr std::size_t kRootWord = 3;
constexpr std::size_t kMountPointWord = 4;
constexpr std::size_t kOptionsWord = 5;
constexpr std::size_t kFirstOptionalWord = 6;

// Not on a disk, or always full by nature (squashfs, iso9660): an alert on them would be noise.
constexpr std::array<std::string_view, 33> kPseudoTypes = {
    "autofs",     "binfmt_misc", "bpf",          "cgroup",    "cgroup2", "configfs",
    "debugfs",    "devpts",      "devtmpfs",     "efivarfs",  "erofs",   "fuse.gvfsd-fuse",
    "fuse.lxcfs", "fuse.portal", "fusectl",      "hugetlbfs", "iso9660", "mqueue",
    "none",       "nsfs",        "proc",         "pstore",    "ramfs",   "rootfs",
    "rpc_pipefs", "securityfs",  "selinuxfs",    "squashfs",  "sunrpc",  "sysfs",
    "tmpfs",      "tracefs",     "fuse.snapfuse"};

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

// The kernel writes space, tab, newline and backslash as \040, \011, \012, \134.
std::string decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) &&
                            is_octal(text[i + 2]) && is_octal(text[i + 3]);
        if (escape) {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                     (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool is_real(const Mount& mount) {
    if (mount.type == "overlay") {
        return mount.mount_point == "/"; // the disk of a container; others repeat their base's
    }
    if (mount.type == "zfs" && mount.source.find('@') != std::string::npos) {
        return false; // a snapshot: read-only by nature, and mounted by looking at it
    }
    return std::find(kPseudoTypes.begin(), kPseudoTypes.end(), mount.type) == kPseudoTypes.end();
}

bool has_option(std::string_view options, std::string_view wanted) {
    while (!options.empty()) {
        const auto end = std::min(options.find(','), options.size());
        if (options.substr(0, end) == wanted) {
            return true;
        }
        options.remove_prefix(std::min(end + 1, options.size()));
    }
    return false;
}

// What follows the lonely "-": type, source, options. A source may be empty.
void read_file_system(const std::vector<std::string_view>& words, Mount& mount) {
    mount.type = std::string(words[0]);
    const std::string_view options = words.size() > 1 ? words[words.size() > 2 ? 2 : 1] : "";
    mount.source = words.size() > 2 ? decode(words[1]) : "";
    mount.file_system_options = std::string(options);
    // Since Linux 6.15 ext4 says it in a word of its own when an error has stopped it.
    mount.file_system_read_only = has_option(options, "ro") || has_option(options, "emergency_ro");
}

// Is `candidate` the better mount of the two to show a device by?
bool is_better(const Mount& candidate, const Mount& other) {
    const bool all = candidate.root == "/";
    const bool others_all = other.root == "/";
    return all != others_all ? all : candidate.mount_point.size() < other.mount_point.size();
}

// What is mounted later on the same place hides the earlier one.
std::map<std::string_view, const Mount*> visible_mounts(const std::vector<Mount>& mounts) {
    std::map<std::string_view, const Mount*> out;
    for (const Mount& mount : mounts) {
        out[mount.mount_point] = &mount;
    }
    return out;
}

bool carries(std::string_view mount_point, std::string_view path) {
    if (mount_point == "/") {
        return path.starts_with('/');
    }
    return path.starts_with(mount_point) &&
           (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

} // namespace

Result<std::vector<Mount>> parse_mountinfo(std::string_view mountinfo) {
    std::vector<Mount> mounts;
    while (!mountinfo.empty()) {
        const std::string_view line = take_line(mountinfo);
        const auto words = split_words(line, kMaxWords);
        const auto separator =
            words.size() > kFirstOptionalWord
                ? std::find(words.begin() + kFirstOptionalWord, words.end(), std::string_view("-"))
                : words.end();
        if (separator == words.end() || separator + 1 == words.end()) {
            return Error{"mountinfo: a line is cut short: '" + std::string(line.substr(0, 80)) +
                         "'"};
        }
        Mount mount;
        mount.id = std::string(words[kIdWord]);
        mount.device = std::string(words[kDeviceWord]);
        mount.root = decode(words[kRootWord]);
        mount.mount_point = decode(words[kMountPointWord]);
        mount.mounted_read_only = has_option(words[kOptionsWord], "ro");
        read_file_system({separator + 1, words.end()}, mount);
        mounts.push_back(std::move(mount));
    }
    if (mounts.empty()) {
        return Error{"mountinfo is empty"};
    }
    return mounts;
}

ChosenMounts choose_mounts(const std::vector<Mount>& mounts,
                           const std::vector<std::string>& ignored) {
    std::map<std::string_view, const Mount*> by_device;
    for (const auto& [mount_point, mount] : visible_mounts(mounts)) {
        if (!is_real(*mount) || matches_any_glob(ignored, mount->mount_point)) {
            continue;
        }
        const Mount*& chosen = by_device[mount->device];
        if (chosen == nullptr || is_better(*mount, *chosen)) {
            chosen = mount;
        }
    }
    ChosenMounts out;
    for (const auto& [device, mount] : by_device) {
        out.mounts.push_back(*mount);
    }
    std::sort(out.mounts.begin(), out.mounts.end(),
              [](const Mount& a, const Mount& b) { return a.mount_point < b.mount_point; });
    if (out.mounts.size() > kMaxMountPoints) {
        out.omitted = out.mounts.size() - kMaxMountPoints;
        out.mounts.resize(kMaxMountPoints);
    }
    return out;
}

const Mount* mounted_at(const std::vector<Mount>& mounts, std::string_view mount_point) {
    const auto last = std::find_if(mounts.rbegin(), mounts.rend(), [&](const Mount& mount) {
        return mount.mount_point == mount_point;
    });
    return last == mounts.rend() ? nullptr : &*last;
}

const Mount* find_mount(const std::vector<Mount>& mounts, std::string_view path) {
    const Mount* found = nullptr;
    for (const auto& [mount_point, mount] : visible_mounts(mounts)) {
        if (carries(mount_point, path) &&
            (found == nullptr || mount_point.size() > found->mount_point.size())) {
            found = mount;
        }
    }
    return found;
}

} // namespace opsmon::collect
