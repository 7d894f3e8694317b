#pragma once
// This component remembers where PostgreSQL's volumes are, over a reload of the configuration and,
// where there is a store, over the sidecar's own restart. VolumeWatch asks and tells it. It knows a
// server by the connection string: of another one it remembers nothing.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "collect/postgresql/volume_places.hpp"
#include "store/store.hpp"

namespace opsmon::collect {

class VolumeMemory {
public:
    // `store` may be null.
    explicit VolumeMemory(std::shared_ptr<store::Store> store) : store_(std::move(store)) {}

    KnownVolumes recall(const std::string& server);
    // Writes only what has changed. A store that fails is told in the log, once, and tried again.
    void keep(const std::string& server, const KnownVolumes& known);

private:
    std::shared_ptr<store::Store> store_;
    std::mutex mutex_;
    std::optional<std::string> server_; // nothing: nobody was asked for
    KnownVolumes known_;
    bool stored_ = false;
    bool failure_told_ = false;
};

} // namespace opsmon::collect
