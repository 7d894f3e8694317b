#include "collect/host/disk_io.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxDiskstatsBytes = 4 << 20;
constexpr std::size_t kMaxLines = 20'000;
constexpr std::size_t kMaxNamesInSys = 20'000;
constexpr std::size_t kNameWord = 2;
constexpr std::size_t kNumbers = 11;
constexpr double kSectorBytes = 512; // in diskstats always, whatever the device's are
constexpr double kWrap = 4294967296.0;

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool ends_in_digit(std::string_view text) {
    return !text.empty() && text.back() >= '0' && text.back() <= '9';
}

// "sda1", "nvme0n1p2", "md0p1": what the names of partitions look like.
bool is_named_like_a_partition(std::string_view device) {
    if (!ends_in_digit(device)) {
        return false;
    }
    if (starts_with_any(device, {"sd", "hd", "vd", "xvd"})) {
        return true;
    }
    const auto last_letter = device.find_last_not_of("0123456789");
    return starts_with_any(device, {"nvme", "mmcblk", "md", "nbd", "cciss/"}) &&
           last_letter != std::string_view::npos && device[last_letter] == 'p' && last_letter > 0 &&
           ends_in_digit(device.substr(0, last_letter));
}

std::optional<DiskIo> parse_line(std::string_view line) {
    const auto words = split_words(line, kNameWord + 1 + kNumbers);
    if (words.size() < kNameWord + 1 + kNumbers) {
        return std::nullopt;
    }
    std::array<double, kNumbers> numbers{};
    for (std::size_t i = 0; i < kNumbers; ++i) {
        const auto number = parse_count(words[kNameWord + 1 + i]);
        if (!number) {
            return std::nullopt;
        }
        numbers[i] = static_cast<double>(*number);
    }
    // Left out: merged reads and writes, and what is in flight.
    return DiskIo{std::string(words[kNameWord]),
                  numbers[0],
                  numbers[2],
                  numbers[3],
                  numbers[4],
                  numbers[6],
                  numbers[7],
                  numbers[9],
                  numbers[10]};
}

std::optional<std::set<std::string>> read_whole_devices(const std::string& sys) {
    std::set<std::string> out;
    std::error_code problem;
    std::filesystem::directory_iterator entry(sys + "/block", problem);
    for (;
         !problem && entry != std::filesystem::directory_iterator() && out.size() < kMaxNamesInSys;
         entry.increment(problem)) {
        std::string name = entry->path().filename().string();
        std::replace(name.begin(), name.end(), '!', '/'); // as sysfs writes a slash
        out.insert(std::move(name));
    }
    return problem || out.empty() ? std::nullopt : std::optional(std::move(out));
}

void add_counters(metrics::SampleList& out, const DiskIo& io) {
    const std::string& device = io.device;
    out.add<"system_disk_io_reads_total">(io.reads, device);
    out.add<"system_disk_io_writes_total">(io.writes, device);
    out.add<"system_disk_io_read_bytes_total">(io.sectors_read * kSectorBytes, device);
    out.add<"system_disk_io_written_bytes_total">(io.sectors_written * kSectorBytes, device);
    out.add<"system_disk_io_read_seconds_total">(io.read_ms / 1000, device);
    out.add<"system_disk_io_write_seconds_total">(io.write_ms / 1000, device);
    out.add<"system_disk_io_seconds_total">(io.busy_ms / 1000, device);
    out.add<"system_disk_io_weighted_seconds_total">(io.weighted_ms / 1000, device);
}

void add_latency(metrics::SampleList& out, const DiskIo& before, const DiskIo& now) {
    out.add<"system_disk_io_read_latency_seconds">(
        latency_seconds(before.reads, now.reads, before.read_ms, now.read_ms), now.device);
    out.add<"system_disk_io_write_latency_seconds">(
        latency_seconds(before.writes, now.writes, before.write_ms, now.write_ms), now.device);
}

} // namespace

Result<std::vector<DiskIo>> parse_diskstats(std::string_view diskstats) {
    std::vector<DiskIo> out;
    for (std::size_t line = 0; line < kMaxLines && !diskstats.empty(); ++line) {
        const std::string_view text = take_line(diskstats);
        if (auto io = parse_line(text)) {
            out.push_back(std::move(*io));
        } else if (split_words(text, 8).size() != 7) { // seven: a partition before Linux 2.6.25
            return Error{"/proc/diskstats: a line is cut short or not of numbers: '" +
                         std::string(text.substr(0, 80)) + "'"};
        }
    }
    return out;
}

bool is_real_device(const std::string& device, const std::set<std::string>* whole_devices) {
    if (starts_with_any(device, {"loop", "ram", "zram", "fd", "sr"})) {
        return false;
    }
    return whole_devices != nullptr ? whole_devices->contains(device)
                                    : !is_named_like_a_partition(device);
}

std::optional<double> latency_seconds(double count_before, double count_after, double ms_before,
                                      double ms_after) {
    const double count = count_after - count_before;
    double ms = ms_after - ms_before;
    if (ms < 0 && ms_before < kWrap && ms_before > kWrap / 2 && ms_after < kWrap / 2) {
        ms += kWrap; // 32 bits in the kernel
    }
    if (count <= 0 || ms < 0) {
        return std::nullopt;
    }
    return ms / count / 1000;
}

std::vector<CollectorReport> DiskIoSource::collect(const CycleTime&, const StopSignal&) {
    CollectorReport report;
    report.collector = "disk_io";
    const auto text = read_file(proc_ + "/diskstats", kMaxDiskstatsBytes);
    const auto devices = text ? parse_diskstats(*text) : Result<std::vector<DiskIo>>(text.error());
    if (!devices) {
        report.error = devices.error().message;
        before_.clear();
        return {report};
    }
    const auto whole_devices = read_whole_devices(sys_);
    std::map<std::string, DiskIo> shown;
    for (const DiskIo& io : *devices) {
        if (!is_real_device(io.device, whole_devices ? &*whole_devices : nullptr) ||
            matches_any_glob(ignored_, io.device) || shown.contains(io.device)) {
            continue;
        }
        if (shown.size() == kMaxBlockDevices) {
            report.error = "more than " + std::to_string(kMaxBlockDevices) +
                           " block devices; the rest is not shown (disk.ignored_devices leaves "
                           "those out that do not matter)";
            break;
        }
        add_counters(report.samples, io);
        if (const auto before = before_.find(io.device); before != before_.end()) {
            add_latency(report.samples, before->second, io);
        }
        shown.emplace(io.device, io);
    }
    before_ = std::move(shown);
    report.success = report.error.empty();
    return {report};
}

} // namespace opsmon::collect
