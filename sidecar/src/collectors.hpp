#pragma once
// This component provides `Collectors`: which sources run, by the configuration. On a reload it
// restarts those whose settings changed and leaves the others alone. The application owns it. It
// knows no metric.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "collect/access_log/access_log.hpp"
#include "collect/board.hpp"
#include "collect/documents.hpp"
#include "collect/host/mount_probe.hpp"
#include "collect/runner.hpp"
#include "collect/probe/service.hpp"
#include "collect/network/network_memory.hpp"
#include "collect/network/signals.hpp"
#include "collect/postgresql/server_process.hpp"
#include "collect/postgresql/standby_identity.hpp"
#include "collect/postgresql/volume_memory.hpp"
#include "collect/slony/slony_view.hpp"
#include "config/config.hpp"
#include "store/store.hpp"

namespace opsmon {

// What sources work with, besides their settings.
struct Surroundings {
    std::shared_ptr<collect::Board> board;
    std::shared_ptr<collect::Documents> documents;
    std::shared_ptr<store::Store> store; // null: nothing is kept over a restart
    std::string proc;                    // where the kernel's facts are
    std::string sys;
    std::shared_ptr<collect::Signals> signals = std::make_shared<collect::Signals>();
    std::shared_ptr<collect::SlonyPlace> slony = std::make_shared<collect::SlonyPlace>();
};

class Collectors {
public:
    explicit Collectors(Surroundings surroundings);

    void apply(const config::Config& config);

    void request_stop();
    // False when a source was still busy at `deadline`.
    bool wait_until_stopped(SteadyTime deadline);

private:
    void apply_host(const config::Config& config);
    void apply_services(const config::Config& config);
    void apply_access_logs(const config::Config& config);
    void apply_postgres(const config::Config& config);
    void apply_slony(const config::Config& config);
    void apply_slony_remedy(const config::Config& config);
    void restart(const std::string& name, std::shared_ptr<collect::Source> source,
                 collect::Timing timing);

    Surroundings around_;
    std::optional<config::Config> applied_;
    std::map<std::string, std::unique_ptr<collect::Runner>> runners_;
    std::shared_ptr<collect::ServiceSource> services_;
    std::shared_ptr<collect::AccessLogSource> access_logs_;
    std::shared_ptr<collect::StandbyIdentity> identity_ =
        std::make_shared<collect::StandbyIdentity>();
    std::shared_ptr<collect::ServerProcess> server_process_ =
        std::make_shared<collect::ServerProcess>();
    std::shared_ptr<collect::VolumeMemory> volume_memory_;
    std::shared_ptr<collect::StuckMounts> stuck_mounts_ = std::make_shared<collect::StuckMounts>();
    std::shared_ptr<collect::NetworkMemory> network_memory_ =
        std::make_shared<collect::NetworkMemory>();
};

} // namespace opsmon
