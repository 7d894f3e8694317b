#pragma once
// This component makes the report of the collector `postgresql_volume`: how much room the volumes
// of PostgreSQL have, and which mount carries each. What the server says counts; while it says
// nothing, because it is down or its guard is stuck, the sidecar looks itself where the volumes
// were last. So a full WAL volume is seen when nobody can ask the server any more. It never waits
// for a mount that hangs.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/host/mount_view.hpp"
#include "collect/postgresql/volume_memory.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

// What the server said in this cycle.
struct HeardVolumes {
    bool on_this_machine = false; // as far as its address tells
    std::vector<postgres::VolumeRow> volumes;
    std::optional<double> segment_bytes;
};

class VolumeWatch {
public:
    // `server` tells one server from another; `archive_path` may be empty.
    VolumeWatch(std::string proc, std::string server, std::string archive_path, MountProbe probe,
                std::shared_ptr<VolumeMemory> memory);

    // Null: the server said nothing that is fresh.
    CollectorReport report(const HeardVolumes* heard);

private:
    using Answers = std::map<std::string, Result<DiskSpace>>;

    void report_heard(const HeardVolumes& heard, const std::vector<Mount>& mounts,
                      const Answers& answers, CollectorReport& report);
    void report_remembered(const std::vector<Mount>& mounts, const Answers& answers,
                           CollectorReport& report) const;
    void report_archive(const std::vector<Mount>& mounts, const Answers& answers,
                        CollectorReport& report);
    std::optional<VolumePlace> place_of(const postgres::VolumeRow& row,
                                        const std::vector<Mount>& mounts, const Answers& answers,
                                        bool on_this_machine) const;
    Answers ask(const HeardVolumes* heard, const MountView& view);

    std::string proc_;
    std::string server_;
    std::string archive_path_;
    std::string archive_mount_point_; // where it was last; empty: not seen yet
    MountProbe probe_;
    std::shared_ptr<VolumeMemory> memory_;
    KnownVolumes known_;
};

} // namespace opsmon::collect
