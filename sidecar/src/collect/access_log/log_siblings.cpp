#include "collect/access_log/log_siblings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <sys/stat.h>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kMaxSiblings = 100;

bool is_compressed(std::string_view name) {
    static constexpr std::array<std::string_view, 6> kEndings{".gz",  ".bz2", ".xz",
                                                              ".zst", ".lz4", ".Z"};
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

// Behind `stem`: a dot or a dash, then a digit or the word old.
bool has_mark(std::string_view stem, std::string_view name) {
    if (!name.starts_with(stem) || name.size() < stem.size() + 2) {
        return false;
    }
    name.remove_prefix(stem.size());
    const bool number = name[1] >= '0' && name[1] <= '9';
    return (name[0] == '.' || name[0] == '-') && (number || name.substr(1) == "old");
}

template <typename Take>
void for_each_name(const std::string& folder, const Take& take) {
    std::error_code problem;
    std::size_t count = 0;
    for (auto at = std::filesystem::directory_iterator(folder, problem);
         !problem && at != std::filesystem::directory_iterator() && ++count <= kMaxEntries;
         at.increment(problem)) {
        take(at->path().filename().string());
    }
}

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1);
}

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

} // namespace

bool is_rotated_name(std::string_view log, std::string_view name) {
    if (name == log || is_compressed(name)) {
        return false;
    }
    const auto point = log.rfind('.');
    return has_mark(log, name) ||
           (point != std::string_view::npos && point > 0 && has_mark(log.substr(0, point), name) &&
            name.ends_with(log.substr(point)));
}

std::vector<LogSibling> list_siblings(const std::string& path) {
    std::vector<LogSibling> out;
    const std::string folder = folder_of(path);
    const std::string log = name_of(path);
    for_each_name(folder.empty() ? "." : folder, [&](const std::string& name) {
        struct stat facts {};
        if (!is_rotated_name(log, name) || ::stat((folder + name).c_str(), &facts) != 0 ||
            !S_ISREG(facts.st_mode)) {
            return;
        }
        out.push_back({folder + name,
                       {facts.st_dev, facts.st_ino},
                       static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 +
                           facts.st_mtim.tv_nsec,
                       static_cast<std::uint64_t>(facts.st_size)});
    });
    std::sort(out.begin(), out.end(), [](const LogSibling& a, const LogSibling& b) {
        return a.modified_ns != b.modified_ns ? a.modified_ns < b.modified_ns : a.path < b.path;
    });
    if (out.size() > kMaxSiblings) {
        out.erase(out.begin(), out.end() - kMaxSiblings);
    }
    return out;
}

std::vector<std::string> match_paths(const std::string& pattern, std::size_t limit) {
    const std::string folder = folder_of(pattern);
    const std::string last = name_of(pattern);
    if (last.find_first_of("*?[") == std::string::npos) {
        return {pattern};
    }
    std::vector<std::string> out;
    for_each_name(folder.empty() ? "." : folder, [&](const std::string& name) {
        if (!is_compressed(name) && matches_glob(last, name)) {
            out.push_back(folder + name);
        }
    });
    std::sort(out.begin(), out.end());
    out.resize(std::min(out.size(), limit));
    return out;
}

} // namespace opsmon::collect
