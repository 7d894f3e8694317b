#pragma once
// This component provides the sidecar's web server: /metrics from the newest snapshot, the
// documents below /api/v1/, Prometheus' and Alertmanager's API, health and readiness, reload, the
// page that people open, and whom a Prometheus is to scrape. The application starts and stops it. A
// scrape costs nothing but sending, ranges are not served, nothing is compressed while somebody
// waits, and it knows no collector or rule but through its handlers.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/url.hpp"
#include "metrics/snapshot.hpp"
#include "notify/notifier.hpp"
#include "web/dashboard_file.hpp"
#include "web/gates.hpp"
#include "web/query_sources.hpp"

namespace opsmon::web {

// Null where no notifications are configured.
using NotifierSource = std::function<std::shared_ptr<notify::Notifier>()>;

struct Handlers {
    std::function<std::shared_ptr<const metrics::Snapshot>()> newest_snapshot; // may be null
    std::function<bool()> ready;
    std::function<Result<std::string>()> reload; // what to tell the user
    // The JSON of a path below /api/v1/; nothing where there is none.
    std::function<std::optional<std::string>(const std::string&)> document;
    NotifierSource notifier;                   // for Alertmanager's API
    QuerySources query;                        // for Prometheus' API
    std::function<std::string()> external_url; // as configured; may be empty
    SiteSource site;               // its own names; without it, what the address it listens on says
    DashboardSource own_dashboard; // of the page; may be empty
};

class Server {
public:
    // Answers requests as soon as this returns. Without `access` everybody may ask, in plain HTTP.
    static Result<std::unique_ptr<Server>> listen(const HostPort& address, Handlers handlers,
                                                  std::shared_ptr<Access> access = nullptr);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // From the next connection on.
    void replace_access(std::shared_ptr<Access> access);

    void request_stop();
    bool wait_until_stopped(SteadyTime deadline);

private:
    struct State;
    explicit Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

} // namespace opsmon::web
