#include "collectors.hpp"

#include <algorithm>
#include <utility>

#include "collect/host/cgroup.hpp"
#include "collect/access_log/stub_status.hpp"
#include "collect/collectors_document.hpp"
#include "collect/host/cpu.hpp"
#include "collect/host/disk.hpp"
#include "collect/host/disk_io.hpp"
#include "collect/host/load.hpp"
#include "collect/host/memory.hpp"
#include "collect/host/pressure.hpp"
#include "collect/network/network.hpp"
#include "collect/network/sockets.hpp"
#include "collect/postgresql/postgresql.hpp"
#include "collect/slony/slony.hpp"
#include "collect/slony/slony_inventory.hpp"
#include "remedy/slony_remedy.hpp"

namespace opsmon {
namespace {

using std::chrono::milliseconds;

// Probes run on their own; this only reads their state. Of a few it may do so often.
constexpr milliseconds kServiceCycleMax{1000};
constexpr std::size_t kFewServices = 10;
// So that a vanished consumer is told of within ten seconds; the server needs 3 ms for an answer.
constexpr milliseconds kPostgresCycleMax{2000};
// So that rates over ten seconds mean something; a log that did not grow costs two system calls.
constexpr milliseconds kLogCycleMax{1000};
// A step of a clean-up is taken each second; a node that is asked may let one wait.
constexpr milliseconds kRemedyCycle{1000};
constexpr milliseconds kRemedyTimeout{15'000};
constexpr const char* kProbesPath = "/api/v1/probes";

collect::Timing timing_of(const config::Config& config) {
    return {config.collect.interval, config.collect.timeout};
}

} // namespace

Collectors::Collectors(Surroundings surroundings)
    : around_(std::move(surroundings)),
      volume_memory_(std::make_shared<collect::VolumeMemory>(around_.store)) {
    around_.documents->offer(collect::kCollectorsPath, [board = around_.board] {
        return collect::collectors_document(board->view());
    });
}

void Collectors::apply(const config::Config& config) {
    apply_host(config);
    apply_services(config);
    apply_access_logs(config);
    apply_postgres(config);
    apply_slony(config);
    apply_slony_remedy(config);
    applied_ = config;
}

void Collectors::apply_host(const config::Config& config) {
    const bool all = !applied_ || !(applied_->collect == config.collect);
    if (all) {
        restart("cpu", std::make_shared<collect::CpuSource>(around_.proc), timing_of(config));
        restart("memory", std::make_shared<collect::MemorySource>(around_.proc), timing_of(config));
        restart("load", std::make_shared<collect::LoadSource>(around_.proc), timing_of(config));
        restart("pressure", std::make_shared<collect::PressureSource>(around_.proc),
                timing_of(config));
        restart("cgroup",
                std::make_shared<collect::CgroupSource>(around_.proc, around_.sys, server_process_),
                timing_of(config));
    }
    if (all || !(applied_->network == config.network)) {
        restart("network",
                std::make_shared<collect::NetworkSource>(
                    collect::NetworkPlaces{around_.proc, around_.sys}, config.network,
                    network_memory_, around_.signals, around_.store),
                timing_of(config));
    }
    if (all || !(applied_->network.top_talkers == config.network.top_talkers)) {
        around_.documents->withdraw(collect::kTopTalkersPath);
        restart("sockets",
                std::make_shared<collect::SocketsSource>(config.network.top_talkers,
                                                         config.collect.timeout, around_.signals,
                                                         around_.documents),
                timing_of(config));
    }
    if (all || !(applied_->disk == config.disk)) {
        collect::MountProbe::Patience patience;
        patience.total = config.collect.timeout / 2;
        patience.per_mount = patience.total / 4; // one that hangs leaves time for the others
        restart("disk",
                std::make_shared<collect::DiskSource>(
                    around_.proc, config.disk.ignored_mount_points,
                    collect::MountProbe(patience, collect::ask_file_system, stuck_mounts_)),
                timing_of(config));
        restart("disk_io",
                std::make_shared<collect::DiskIoSource>(around_.proc, around_.sys,
                                                        config.disk.ignored_devices),
                timing_of(config));
    }
}

void Collectors::apply_services(const config::Config& config) {
    if (applied_ && applied_->collect == config.collect && applied_->services == config.services) {
        return;
    }
    if (config.services.empty()) {
        around_.documents->withdraw(kProbesPath);
        runners_.erase("service");
        services_.reset();
        return;
    }
    services_ = std::make_shared<collect::ServiceSource>(config.services, services_.get());
    around_.documents->offer(kProbesPath, services_->document());
    const bool few = config.services.size() <= kFewServices;
    const milliseconds cycle =
        few ? std::min(kServiceCycleMax, config.collect.interval) : config.collect.interval;
    restart("service", services_, {cycle, config.collect.timeout});
}

void Collectors::apply_access_logs(const config::Config& config) {
    const bool all = !applied_ || !(applied_->collect == config.collect);
    if (config.access_logs.empty()) {
        runners_.erase("access_log");
        access_logs_.reset();
        around_.documents->withdraw(collect::kRequestsPath);
    } else if (all || !(applied_->access_logs == config.access_logs)) {
        access_logs_ = std::make_shared<collect::AccessLogSource>(
            config.access_logs, around_.store, around_.signals, config.collect.timeout / 2,
            access_logs_.get());
        around_.documents->offer(collect::kRequestsPath, access_logs_->document());
        restart("access_log", access_logs_,
                {std::min(kLogCycleMax, config.collect.interval), config.collect.timeout});
    }
    if (config.stub_status.empty()) {
        runners_.erase("stub_status");
    } else if (all || !(applied_->stub_status == config.stub_status)) {
        restart("stub_status",
                std::make_shared<collect::StubStatusSource>(config.stub_status,
                                                            config.collect.timeout * 9 / 10),
                timing_of(config));
    }
}

void Collectors::apply_postgres(const config::Config& config) {
    if (applied_ && applied_->collect == config.collect && applied_->postgres == config.postgres) {
        return;
    }
    if (!config.postgres) {
        runners_.erase("postgresql");
        server_process_->learn(std::nullopt);
        return;
    }
    restart("postgresql",
            std::make_shared<collect::PostgresqlSource>(
                *config.postgres, config.collect.timeout,
                collect::PostgresqlSurroundings{around_.proc, identity_, server_process_,
                                                volume_memory_, stuck_mounts_}),
            {std::min(kPostgresCycleMax, config.collect.interval), config.collect.timeout});
}

void Collectors::apply_slony(const config::Config& config) {
    if (applied_ && applied_->postgres == config.postgres && applied_->slony == config.slony) {
        return;
    }
    if (!config.postgres || !config.slony.enabled) {
        runners_.erase("slony");
        runners_.erase("slony_inventory");
        around_.slony->put(nullptr);
        return;
    }
    // Its databases are many, and no message waits for it: a cycle may take as long as there is.
    const milliseconds timeout = config.slony.interval * 9 / 10;
    restart("slony",
            std::make_shared<collect::SlonySource>(*config.postgres, config.slony, timeout,
                                                   around_.slony),
            {config.slony.interval, timeout});
    restart(
        "slony_inventory",
        std::make_shared<collect::SlonyInventorySource>(*config.postgres, timeout, around_.slony),
        {config.slony.interval, timeout});
}

void Collectors::apply_slony_remedy(const config::Config& config) {
    if (applied_ && applied_->postgres == config.postgres && applied_->slony == config.slony) {
        return;
    }
    if (!config.postgres || !config.slony.enabled ||
        config.slony.remedy.mode == config::RemedyMode::Off) {
        around_.documents->withdraw(remedy::kSlonyPath);
        runners_.erase("slony_remedy");
        return;
    }
    auto source = std::make_shared<remedy::SlonyRemedySource>(
        *config.postgres, config.slony, kRemedyTimeout, around_.slony, around_.store);
    around_.documents->offer(remedy::kSlonyPath, source->document());
    restart("slony_remedy", std::move(source), {kRemedyCycle, kRemedyTimeout});
}

void Collectors::restart(const std::string& name, std::shared_ptr<collect::Source> source,
                         collect::Timing timing) {
    runners_[name] =
        std::make_unique<collect::Runner>(name, around_.board, std::move(source), timing);
}

void Collectors::request_stop() {
    for (const auto& [name, runner] : runners_) {
        runner->request_stop();
    }
}

bool Collectors::wait_until_stopped(SteadyTime deadline) {
    bool all = true;
    for (const auto& [name, runner] : runners_) {
        all = runner->wait_until_stopped(deadline) && all;
    }
    return all;
}

} // namespace opsmon
