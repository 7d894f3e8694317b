#include "collectors.hpp"

#include <algorithm>
#include <utility>

#include "collect/host/cpu.hpp"
#include "collect/host/disk.hpp"
#include "collect/host/memory.hpp"
#include "collect/network/network.hpp"
#include "collect/postgresql/postgresql.hpp"

namespace opsmon {
namespace {

using std::chrono::milliseconds;

// Probes run on their own; this only reads their state, so it may do so often.
constexpr milliseconds kServiceCycleMax{1000};
constexpr const char* kProbesPath = "/api/v1/probes";

collect::Timing timing_of(const config::Config& config) {
    return {config.collect.interval, config.collect.timeout};
}

} // namespace

void Collectors::apply(const config::Config& config) {
    apply_host(config);
    apply_services(config);
    apply_postgres(config);
    applied_ = config;
}

void Collectors::apply_host(const config::Config& config) {
    const bool all = !applied_ || !(applied_->collect == config.collect);
    if (all) {
        restart("cpu", std::make_shared<collect::CpuSource>(around_.proc), timing_of(config));
        restart("memory", std::make_shared<collect::MemorySource>(around_.proc), timing_of(config));
    }
    if (all || !(applied_->network == config.network)) {
        restart("network", std::make_shared<collect::NetworkSource>(around_.proc, config.network),
                timing_of(config));
    }
    if (all || !(applied_->disk == config.disk)) {
        collect::MountProbe::Patience patience;
        patience.total = config.collect.timeout / 2;
        restart("disk",
                std::make_shared<collect::DiskSource>(
                    around_.proc, config.disk.ignored_mount_points, collect::MountProbe(patience)),
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
    const milliseconds cycle = std::min(kServiceCycleMax, config.collect.interval);
    restart("service", services_, {cycle, config.collect.timeout});
}

void Collectors::apply_postgres(const config::Config& config) {
    if (applied_ && applied_->collect == config.collect && applied_->postgres == config.postgres) {
        return;
    }
    if (!config.postgres) {
        runners_.erase("postgresql");
        return;
    }
    restart("postgresql",
            std::make_shared<collect::PostgresqlSource>(*config.postgres, config.collect.timeout,
                                                        identity_),
            timing_of(config));
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
