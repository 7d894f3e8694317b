#include "collect/host/cgroup_facts.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr double kNoLimit = 4611686018427387904.0; // version 1 writes nearly 2^63 for none
constexpr std::size_t kMaxLines = 1000;

class Reader {
public:
    explicit Reader(const ReadText& read) : read_(read) {}

    std::optional<std::string> text(const std::string& file) const {
        auto content = read_(file);
        return content ? std::optional(std::move(*content)) : std::nullopt;
    }

    // Nothing when the file is not there or says that there is none.
    std::optional<double> limit(const std::string& file) { return checked(file, text(file)); }

    std::optional<double> value(const std::string& file, std::string_view key) const {
        const auto content = text(file);
        return content ? find_cgroup_value(*content, key) : std::nullopt;
    }

    std::optional<double> quota(const CgroupPlace& place, const std::string& folder) {
        if (place.version == 2) {
            return parsed(folder + "/cpu.max", text(folder + "/cpu.max"), parse_cpu_max);
        }
        const auto quota = text(folder + "/cpu.cfs_quota_us");
        const auto period = text(folder + "/cpu.cfs_period_us");
        if (!quota || !period) {
            return std::nullopt;
        }
        const std::string both = std::string(trim(*quota)) + ' ' + std::string(trim(*period));
        return parsed(folder + "/cpu.cfs_quota_us", both, parse_cpu_max);
    }

    std::string error;

private:
    std::optional<double> checked(const std::string& file,
                                  const std::optional<std::string>& content) {
        return parsed(file, content, parse_cgroup_limit);
    }

    std::optional<double> parsed(const std::string& file, const std::optional<std::string>& content,
                                 Result<std::optional<double>> (*parse)(std::string_view)) {
        if (!content) {
            return std::nullopt;
        }
        const auto value = parse(*content);
        if (!value && error.empty()) {
            error = value.error().with_prefix(file).message;
        }
        return value ? *value : std::nullopt;
    }

    const ReadText& read_;
};

struct Smallest {
    std::optional<double> limit;
    std::string folder; // where it stands; the cgroup's own when there is none
};

template <typename Read>
Smallest smallest_of(const CgroupPlace& place, Read read) {
    Smallest out{std::nullopt, place.folders.front()};
    for (const std::string& folder : place.folders) {
        const std::optional<double> limit = read(folder);
        if (limit && (!out.limit || *limit < *out.limit)) {
            out = {limit, folder};
        }
    }
    return out;
}

// Without a limit, version 1 counts in its root what the whole machine uses.
bool is_whole_machine(const CgroupPlace& place, const Smallest& smallest) {
    return !smallest.limit && place.folders.size() == 1;
}

void read_memory(Reader& reader, const CgroupPlace& place, CgroupFacts& out) {
    const bool v2 = place.version == 2;
    const std::string limit_file = v2 ? "/memory.max" : "/memory.limit_in_bytes";
    const auto smallest = smallest_of(
        place, [&](const std::string& folder) { return reader.limit(folder + limit_file); });
    const std::string own = place.folders.front();
    out.oom_kills = reader.value(own + (v2 ? "/memory.events" : "/memory.oom_control"), "oom_kill");
    if (is_whole_machine(place, smallest)) {
        return;
    }
    out.memory_limit_bytes = smallest.limit;
    out.memory_usage_bytes =
        reader.limit(smallest.folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes"));
    const auto inactive = reader.value(smallest.folder + "/memory.stat",
                                       v2 ? "inactive_file" : "total_inactive_file");
    if (out.memory_usage_bytes && inactive) {
        out.memory_working_set_bytes = std::max(0.0, *out.memory_usage_bytes - *inactive);
    }
}

void read_cpu(Reader& reader, const CgroupPlace& place, CgroupFacts& out) {
    constexpr double kMicroseconds = 1e6;
    constexpr double kNanoseconds = 1e9;
    const auto smallest =
        smallest_of(place, [&](const std::string& folder) { return reader.quota(place, folder); });
    if (!smallest.limit) {
        return;
    }
    out.cpu_quota_cores = smallest.limit;
    const std::string file = smallest.folder + "/cpu.stat";
    out.cpu_periods = reader.value(file, "nr_periods");
    out.cpu_throttled_periods = reader.value(file, "nr_throttled");
    const bool v2 = place.version == 2;
    if (const auto time = reader.value(file, v2 ? "throttled_usec" : "throttled_time")) {
        out.cpu_throttled_seconds = *time / (v2 ? kMicroseconds : kNanoseconds);
    }
}

void read_pids(Reader& reader, const CgroupPlace& place, CgroupFacts& out) {
    const auto smallest = smallest_of(
        place, [&](const std::string& folder) { return reader.limit(folder + "/pids.max"); });
    if (is_whole_machine(place, smallest)) {
        return;
    }
    out.pids_limit = smallest.limit;
    out.pids = reader.limit(smallest.folder + "/pids.current");
}

} // namespace

Result<std::optional<double>> parse_cgroup_limit(std::string_view text) {
    const std::string_view word = trim(text);
    if (word == "max" || word == "-1") {
        return std::optional<double>();
    }
    const auto number = parse_count(word);
    if (!number) {
        return Error{"'" + std::string(word.substr(0, 40)) + "' is not a limit"};
    }
    const auto value = static_cast<double>(*number);
    return value < kNoLimit ? std::optional(value) : std::nullopt;
}

std::optional<double> find_cgroup_value(std::string_view text, std::string_view key) {
    for (std::size_t line = 0; line < kMaxLines && !text.empty(); ++line) {
        const auto words = split_words(take_line(text), 3);
        if (words.size() == 2 && words[0] == key) {
            const auto number = parse_count(words[1]);
            return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
        }
    }
    return std::nullopt;
}

Result<std::optional<double>> parse_cpu_max(std::string_view text) {
    const auto words = split_words(trim(text), 3);
    const auto period = words.size() == 2 ? parse_count(words[1]) : std::nullopt;
    if (!period || *period == 0) {
        return Error{"'" + std::string(trim(text).substr(0, 40)) + "' is not a quota and a period"};
    }
    const auto quota = parse_cgroup_limit(words[0]);
    if (!quota) {
        return quota.error();
    }
    return *quota ? std::optional(**quota / static_cast<double>(*period)) : std::nullopt;
}

CgroupReading read_cgroup(std::string_view proc_cgroup, const std::vector<Mount>& mounts,
                          const ReadText& read) {
    CgroupReading out;
    Reader reader(read);
    if (const auto place = find_cgroup(proc_cgroup, mounts, "memory")) {
        read_memory(reader, *place, out.facts);
    }
    if (const auto place = find_cgroup(proc_cgroup, mounts, "cpu")) {
        read_cpu(reader, *place, out.facts);
    }
    if (const auto place = find_cgroup(proc_cgroup, mounts, "pids")) {
        read_pids(reader, *place, out.facts);
    }
    out.error = reader.error;
    return out;
}

} // namespace opsmon::collect
