#include "collect/postgresql/volume_places.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>
#include <sys/sysmacros.h>

namespace opsmon::collect {
namespace {

constexpr double kDefaultSegmentBytes = 16.0 * 1024 * 1024;
constexpr double kMaxSegmentBytes = 1024.0 * 1024 * 1024; // PostgreSQL's own
constexpr std::size_t kMaxPlaceBytes = 700;
// Where the size is what is used and free together (ZFS), it moves between two looks.
constexpr double kSizeTolerance = 0.001;

// No disk's numbers: handed out at each mount.
bool is_anonymous(std::string_view device) {
    return device.starts_with("0:");
}

std::string device_of(double st_dev) {
    constexpr double kTwoTo64 = 18446744073709551616.0;
    if (!(st_dev >= 0) || st_dev >= kTwoTo64) {
        return "";
    }
    const auto number = static_cast<dev_t>(st_dev);
    return std::to_string(gnu_dev_major(number)) + ':' + std::to_string(gnu_dev_minor(number));
}

std::size_t size_of(const VolumePlace& place) {
    return place.volume.size() + place.path.size() + place.mount_point.size() +
           place.device.size() + place.source.size() + place.type.size();
}

std::optional<VolumePlace> read_place(const nlohmann::json& item) {
    VolumePlace place{
        item.at("volume").get<std::string>(),          item.at("path").get<std::string>(),
        item.at("mount_point").get<std::string>(),     item.at("device").get<std::string>(),
        item.at("source").get<std::string>(),          item.at("type").get<std::string>(),
        item.value("file_system_id", std::uint64_t{0})};
    const bool valid = !place.volume.empty() && place.path.starts_with('/') &&
                       place.mount_point.starts_with('/') && size_of(place) <= kMaxPlaceBytes;
    return valid ? std::optional(std::move(place)) : std::nullopt;
}

} // namespace

bool is_same_file_system(const postgres::VolumeRow& row, const Mount& mount,
                         const DiskSpace& space) {
    if (!row.size_bytes || !row.device || space.size_bytes <= 0) {
        return false;
    }
    if (is_hidden(mount, space)) {
        return false;
    }
    const bool same_device = mount.type == "btrfs" || device_of(*row.device) == mount.device;
    const double tolerance = is_anonymous(mount.device) ? kSizeTolerance * space.size_bytes : 0;
    return same_device && std::abs(*row.size_bytes - space.size_bytes) <= tolerance;
}

VolumePlace make_place(const postgres::VolumeRow& row, const Mount& mount,
                       std::uint64_t file_system_id) {
    return {row.volume, row.path.value_or(""), mount.mount_point, mount.device, mount.source,
            mount.type, file_system_id};
}

bool is_same_place(const VolumePlace& left, const VolumePlace& right) {
    VolumePlace other = right;
    other.file_system_id = left.file_system_id;
    return left == other;
}

std::string what_has_changed(const VolumePlace& place, const std::vector<Mount>& mounts,
                             const DiskSpace* answer) {
    const std::string was = place.source + " (" + place.device + ") on " + place.mount_point;
    const Mount* mount = find_mount(mounts, place.path);
    if (mount == nullptr || mount->mount_point != place.mount_point) {
        return "the " + place.volume + " volume was " + was + ", which is not mounted there now";
    }
    const bool renumbered = is_anonymous(place.device) && is_anonymous(mount->device) &&
                            mount->type != "tmpfs" && mount->type == place.type &&
                            mount->source == place.source;
    const bool same_id = answer != nullptr && answer->file_system_id != 0 &&
                         answer->file_system_id == place.file_system_id &&
                         mount->type == place.type;
    if (answer != nullptr && is_hidden(*mount, *answer)) {
        return "the " + place.volume + " volume was " + was +
               ", which lies under another mount now";
    }
    if (mount->device != place.device && !renumbered && !same_id) {
        return "the " + place.volume + " volume was " + was + ", where " + mount->source + " (" +
               mount->device + ") is mounted now";
    }
    return {};
}

std::optional<bool> is_wal_volume_full(std::optional<double> free_bytes,
                                       std::optional<double> free_inodes, double segment_bytes) {
    if (!free_bytes) {
        return std::nullopt;
    }
    const double segment = segment_bytes > 0 ? segment_bytes : kDefaultSegmentBytes;
    return *free_bytes < 2 * segment || (free_inodes && *free_inodes < 1);
}

std::string to_json(const KnownVolumes& known) {
    nlohmann::json places = nlohmann::json::array();
    for (const VolumePlace& place : known.places) {
        if (places.size() < kMaxVolumePlaces && size_of(place) <= kMaxPlaceBytes) {
            places.push_back({{"volume", place.volume},
                              {"path", place.path},
                              {"mount_point", place.mount_point},
                              {"device", place.device},
                              {"source", place.source},
                              {"type", place.type},
                              {"file_system_id", place.file_system_id}});
        }
    }
    const nlohmann::json out = {{"places", std::move(places)},
                                {"segment_bytes", known.segment_bytes}};
    // A path may be in any encoding: what is not UTF-8 comes back as a path that is not there.
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<KnownVolumes> known_volumes_from_json(std::string_view text) {
    try {
        const auto json = nlohmann::json::parse(text);
        KnownVolumes out;
        out.segment_bytes = json.at("segment_bytes").get<double>();
        if (!(out.segment_bytes >= 0 && out.segment_bytes <= kMaxSegmentBytes)) {
            return std::nullopt;
        }
        for (const auto& item : json.at("places")) {
            auto place = read_place(item);
            if (!place || out.places.size() == kMaxVolumePlaces) {
                return std::nullopt;
            }
            out.places.push_back(std::move(*place));
        }
        return out;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

} // namespace opsmon::collect
