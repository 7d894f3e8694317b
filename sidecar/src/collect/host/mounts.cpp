#include "collect/host/mounts.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxWords = 64;
constexpr std::size_t kDeviceWord = 2;
constexpr std::size_t kMountPointWord = 4;
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
    return std::find(kPseudoTypes.begin(), kPseudoTypes.end(), mount.type) == kPseudoTypes.end();
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
            return Error{"/proc/self/mountinfo: a line is cut short: '" +
                         std::string(line.substr(0, 80)) + "'"};
        }
        mounts.push_back({std::string(words[kDeviceWord]), decode(words[kMountPointWord]),
                          std::string(*(separator + 1))});
    }
    if (mounts.empty()) {
        return Error{"/proc/self/mountinfo is empty"};
    }
    return mounts;
}

std::vector<std::string> choose_mount_points(const std::vector<Mount>& mounts,
                                             const std::vector<std::string>& ignored) {
    // What is mounted later on the same place hides the earlier one.
    std::map<std::string, const Mount*> visible;
    for (const Mount& mount : mounts) {
        visible[mount.mount_point] = &mount;
    }
    std::map<std::string, std::string> by_device;
    for (const auto& [mount_point, mount] : visible) {
        if (!is_real(*mount) || matches_any_glob(ignored, mount_point)) {
            continue;
        }
        std::string& chosen = by_device[mount->device];
        if (chosen.empty() || mount_point.size() < chosen.size()) {
            chosen = mount_point;
        }
    }
    std::vector<std::string> out;
    for (const auto& [device, mount_point] : by_device) {
        out.push_back(mount_point);
    }
    std::sort(out.begin(), out.end());
    if (out.size() > kMaxMountPoints) {
        out.resize(kMaxMountPoints);
    }
    return out;
}

} // namespace opsmon::collect
