#pragma once
// This component provides `Collectors`: which sources run, by the configuration. On a reload it
// restarts those whose settings changed and leaves the others alone. The application owns it. It
// knows no metric.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "collect/board.hpp"
#include "collect/runner.hpp"
#include "collect/service.hpp"
#include "collect/standby_identity.hpp"
#include "config/config.hpp"

namespace opsmon {

class Collectors {
public:
    Collectors(std::shared_ptr<collect::Board> board, std::string proc)
        : board_(std::move(board)), proc_(std::move(proc)) {}

    void apply(const config::Config& config);

    void request_stop();
    // False when a source was still busy at `deadline`.
    bool wait_until_stopped(SteadyTime deadline);

private:
    void apply_host(const config::Config& config);
    void apply_services(const config::Config& config);
    void apply_postgres(const config::Config& config);
    void restart(const std::string& name, std::shared_ptr<collect::Source> source,
                 collect::Timing timing);

    std::shared_ptr<collect::Board> board_;
    std::string proc_; // where the host's facts are
    std::optional<config::Config> applied_;
    std::map<std::string, std::unique_ptr<collect::Runner>> runners_;
    std::shared_ptr<collect::ServiceSource> services_;
    std::shared_ptr<collect::StandbyIdentity> identity_ =
        std::make_shared<collect::StandbyIdentity>();
};

} // namespace opsmon
