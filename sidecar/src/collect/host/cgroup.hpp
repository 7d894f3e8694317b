#pragma once
// This component provides the collector `cgroup`: what limits of control groups, version 1 or 2,
// leave to the sidecar and to PostgreSQL, and how much of it is used. PostgreSQL's are shown only
// while its postmaster is known and runs on this machine.

#include <memory>
#include <string>

#include "collect/host/mounts.hpp"
#include "collect/postgresql/server_process.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

class CgroupSource : public Source {
public:
    CgroupSource(std::string proc, std::string sys, std::shared_ptr<ServerProcess> server)
        : proc_(std::move(proc)), sys_(std::move(sys)), server_(std::move(server)) {}
    [[nodiscard]] std::vector<std::string> collectors() const override { return {"cgroup"}; }
    std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) override;

private:
    void add_scope(CollectorReport& report, const std::vector<Mount>& mounts,
                   const std::string& process, const std::string& scope) const;

    std::string proc_;
    std::string sys_;
    std::shared_ptr<ServerProcess> server_;
};

} // namespace opsmon::collect
