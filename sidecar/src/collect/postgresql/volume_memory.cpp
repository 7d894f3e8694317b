#include "collect/postgresql/volume_memory.hpp"

#include "base/log.hpp"

namespace opsmon::collect {
namespace {

constexpr const char* kKind = "postgresql_volumes";

} // namespace

KnownVolumes VolumeMemory::recall(const std::string& server) {
    const std::lock_guard lock(mutex_);
    if (server == server_) {
        return known_;
    }
    known_ = {};
    stored_ = false;
    const auto text =
        store_ ? store_->read(kKind, server) : Result<std::optional<std::string>>(std::nullopt);
    if (!text) {
        server_.reset(); // read again when asked again
        if (!std::exchange(failure_told_, true)) {
            log::warning("cannot read where PostgreSQL's volumes were",
                         {{"error", text.error().message}});
        }
        return known_;
    }
    server_ = server;
    failure_told_ = false;
    if (*text) {
        known_ = known_volumes_from_json(**text).value_or(KnownVolumes{});
        stored_ = true;
    }
    return known_;
}

void VolumeMemory::keep(const std::string& server, const KnownVolumes& known) {
    const std::lock_guard lock(mutex_);
    if (server == server_ && known == known_ && stored_) {
        return;
    }
    server_ = server;
    known_ = known;
    stored_ = true;
    if (!store_) {
        return;
    }
    const auto written = store_->write(kKind, server, to_json(known));
    stored_ = written.ok();
    if (!written && !failure_told_) {
        log::warning("a restart of the sidecar will not know where PostgreSQL's volumes are",
                     {{"error", written.error().message}});
    }
    failure_told_ = !written;
}

} // namespace opsmon::collect
