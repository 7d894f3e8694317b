#pragma once
// This component provides `Snapshot`: everything the sidecar knows at one moment, with the text of
// /metrics already written, and `SnapshotStore`, the one place where the newest is found. The
// pipeline puts it there; the web server reads it. A snapshot is never changed once it is made.

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "metrics/exposition.hpp"
#include "metrics/silence.hpp"

namespace opsmon::metrics {

struct Snapshot {
    TimestampMs at = 0;
    bool complete = false; // has every collector reported, or had its time to?
    std::shared_ptr<const std::string> text;
    std::vector<RenderingPtr> renderings; // what the text was joined from, with its points
    Silence silence;
};

class SnapshotStore {
public:
    [[nodiscard]] std::shared_ptr<const Snapshot> newest() const {
        const std::lock_guard lock(mutex_);
        return newest_;
    }

    void put(std::shared_ptr<const Snapshot> snapshot) {
        const std::lock_guard lock(mutex_);
        newest_ = std::move(snapshot);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Snapshot> newest_;
};

} // namespace opsmon::metrics
