#include "collect/postgresql/volume_watch.hpp"

#include <algorithm>
#include <set>

namespace opsmon::collect {
namespace {

constexpr const char* kWal = "wal";
constexpr const char* kData = "data";
constexpr const char* kArchive = "archive";

// As both the server and the sidecar can say it of a volume.
struct Room {
    std::optional<double> size_bytes;
    std::optional<double> free_bytes;
    std::optional<double> free_inodes;
};

Room room_of(const DiskSpace& space) {
    return {space.size_bytes, space.available_bytes,
            space.inodes > 0 ? std::optional(space.free_inodes) : std::nullopt};
}

void add_room(metrics::SampleList& out, const std::string& volume, const Room& room,
              double segment_bytes) {
    out.add<"postgresql_volume_size_bytes">(room.size_bytes, volume);
    out.add<"postgresql_volume_free_bytes">(room.free_bytes, volume);
    out.add<"postgresql_volume_free_inodes">(room.free_inodes, volume);
    if (volume == kWal) {
        const auto full = is_wal_volume_full(room.free_bytes, room.free_inodes, segment_bytes);
        out.add<"postgresql_wal_volume_full">(full ? std::optional(*full ? 1.0 : 0.0)
                                                   : std::nullopt);
    }
}

void add_error(CollectorReport& report, const std::string& error) {
    report.error += (report.error.empty() ? "" : "; ") + error;
}

// Of a volume that others are beside.
void add_silent(CollectorReport& report, const std::string& volume, const std::string& error) {
    report.silent.push_back({"volume", volume});
    add_error(report, error);
}

} // namespace

VolumeWatch::VolumeWatch(std::string proc, std::string server, std::string archive_path,
                         MountProbe probe, std::shared_ptr<VolumeMemory> memory)
    : proc_(std::move(proc)),
      server_(std::move(server)),
      archive_path_(std::move(archive_path)),
      probe_(std::move(probe)),
      memory_(std::move(memory)) {}

CollectorReport VolumeWatch::report(const HeardVolumes* heard) {
    CollectorReport report;
    report.collector = "postgresql_volume";
    if (known_.places.empty()) { // here, not in the constructor: the store may let one wait
        known_ = memory_->recall(server_);
    }
    auto read = read_mount_view(proc_);
    if (!read) {
        add_error(report, read.error().message);
    }
    const MountView view = read ? std::move(*read) : MountView();
    const std::vector<Mount>& mounts = view.mounts;
    const Answers answers = ask(heard, view);
    if (heard != nullptr) {
        report_heard(*heard, mounts, answers, report);
    } else if (read) {
        report_remembered(mounts, answers, report);
    }
    report_archive(mounts, answers, report);
    report.success = report.error.empty();
    return report;
}

VolumeWatch::Answers VolumeWatch::ask(const HeardVolumes* heard, const MountView& view) {
    std::set<std::string> mount_points;
    const auto add = [&](const std::string& path) {
        if (const Mount* mount = find_mount(view.mounts, path); mount != nullptr) {
            mount_points.insert(mount->mount_point);
        }
    };
    if (heard == nullptr) {
        for (const VolumePlace& place : known_.places) {
            add(place.path);
        }
    } else if (heard->on_this_machine) {
        for (const postgres::VolumeRow& row : heard->volumes) {
            add(row.path.value_or(""));
        }
    }
    add(archive_path_);
    return ask_view(probe_, view, {mount_points.begin(), mount_points.end()});
}

void VolumeWatch::report_heard(const HeardVolumes& heard, const std::vector<Mount>& mounts,
                               const Answers& answers, CollectorReport& report) {
    KnownVolumes now;
    now.segment_bytes = heard.segment_bytes.value_or(known_.segment_bytes);
    for (const postgres::VolumeRow& row : heard.volumes) {
        add_room(report.samples, row.volume, {row.size_bytes, row.free_bytes, row.free_inodes},
                 now.segment_bytes);
        if (!row.free_bytes) {
            add_silent(report, row.volume,
                       "the " + row.volume + " volume: PostgreSQL cannot tell its room; look at: " +
                           "SELECT * FROM opsmon.volumes");
        }
        const auto place = place_of(row, mounts, answers, heard.on_this_machine);
        if (place && now.places.size() < kMaxVolumePlaces) {
            report.samples.add<"postgresql_volume_info">(1, place->volume, place->mount_point,
                                                         place->source);
            now.places.push_back(*place);
        }
    }
    // Should something have to be left out, it is not the WAL.
    std::stable_partition(now.places.begin(), now.places.end(),
                          [](const VolumePlace& place) { return place.volume == kWal; });
    known_ = std::move(now);
    memory_->keep(server_, known_);
}

std::optional<VolumePlace> VolumeWatch::place_of(const postgres::VolumeRow& row,
                                                 const std::vector<Mount>& mounts,
                                                 const Answers& answers,
                                                 bool on_this_machine) const {
    if (!on_this_machine || !row.path) {
        return std::nullopt;
    }
    const Mount* mount = find_mount(mounts, *row.path);
    if (mount == nullptr) {
        return std::nullopt;
    }
    const Result<DiskSpace>& answer = answers.at(mount->mount_point);
    VolumePlace place = make_place(row, *mount, answer ? answer->file_system_id : 0);
    if (answer && row.size_bytes) {
        return is_same_file_system(row, *mount, *answer) ? std::optional(std::move(place))
                                                         : std::nullopt;
    }
    // One of the two cannot be asked just now: what was proved before still holds.
    const auto proved =
        std::find_if(known_.places.begin(), known_.places.end(),
                     [&](const VolumePlace& known) { return is_same_place(known, place); });
    return proved != known_.places.end() ? std::optional(*proved) : std::nullopt;
}

void VolumeWatch::report_remembered(const std::vector<Mount>& mounts, const Answers& answers,
                                    CollectorReport& report) const {
    if (known_.places.empty()) {
        add_error(report, "PostgreSQL says nothing of its volumes, and where they are on this "
                          "machine is not known");
        report.silent.push_back({"volume", kWal});
        report.silent.push_back({"volume", kData});
    }
    for (const VolumePlace& place : known_.places) {
        const auto asked = answers.find(place.mount_point);
        const DiskSpace* answer =
            asked != answers.end() && asked->second ? &*asked->second : nullptr;
        if (const std::string change = what_has_changed(place, mounts, answer); !change.empty()) {
            add_silent(report, place.volume, change);
            continue;
        }
        report.samples.add<"postgresql_volume_info">(1, place.volume, place.mount_point,
                                                     place.source);
        if (answer != nullptr) {
            add_room(report.samples, place.volume, room_of(*answer), known_.segment_bytes);
        } else if (asked != answers.end()) {
            add_silent(report, place.volume,
                       "the " + place.volume + " volume: " + asked->second.error().message);
        }
    }
}

void VolumeWatch::report_archive(const std::vector<Mount>& mounts, const Answers& answers,
                                 CollectorReport& report) {
    const Mount* mount = find_mount(mounts, archive_path_);
    if (mount == nullptr) {
        return;
    }
    // A mount further up carries the path only because the one that did is gone.
    if (mount->mount_point.size() < archive_mount_point_.size()) {
        add_silent(report, kArchive,
                   "the archive volume was on " + archive_mount_point_ +
                       ", where nothing is mounted now");
        return;
    }
    archive_mount_point_ = mount->mount_point;
    report.samples.add<"postgresql_volume_info">(1, kArchive, mount->mount_point, mount->source);
    if (const Result<DiskSpace>& answer = answers.at(mount->mount_point); answer) {
        add_room(report.samples, kArchive, room_of(*answer), 0);
    } else {
        add_silent(report, kArchive, "the archive volume: " + answer.error().message);
    }
}

} // namespace opsmon::collect
