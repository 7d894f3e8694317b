#pragma once
// This component provides `App`: the parts of the sidecar put together, started, reloaded and
// stopped. main() owns it. A reload changes everything or nothing.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "collectors.hpp"
#include "collect/documents.hpp"
#include "metrics/snapshot.hpp"
#include "notify/notifier.hpp"
#include "pipeline.hpp"
#include "postgres/kept_history.hpp"
#include "settings.hpp"
#include "store/store.hpp"
#include "web/server.hpp"

namespace opsmon {

struct AppOptions {
    std::string config_file;
    std::optional<HostPort> listen_address; // instead of the one in the file
    std::string proc = "/proc";
    std::string sys = "/sys";
    std::string storage_path = {};    // instead of the one in the file; empty: that one
    std::string web_config_file = {}; // empty: everybody may ask, in plain HTTP
};

class App {
public:
    static Result<std::unique_ptr<App>> start(AppOptions options);

    // Reads all files again. What it returns tells the user what happened.
    Result<std::string> reload();

    [[nodiscard]] Vitals vitals() const { return pipeline_.vitals(); }
    [[nodiscard]] std::string address() const { return listen_address_.to_string(); }

    // False when something was still busy at `deadline`; the process may end all the same.
    bool stop(SteadyTime deadline);

private:
    App(AppOptions options, const config::Config& config, std::shared_ptr<store::Store> store);
    Result<void> listen(std::shared_ptr<web::Access> access);
    Result<void> begin(Settings settings);
    void apply(Settings settings);
    Error refuse_reload(const Error& why);
    void apply_notification(std::optional<notify::Settings> settings);
    void show_notifier();
    void show_site(const config::Config& config);
    bool stop_notifier(SteadyTime deadline);

    AppOptions options_;
    HostPort listen_address_;  // the one in use
    std::string storage_path_; // likewise
    bool serves_tls_ = false;
    std::shared_ptr<collect::Board> board_ = std::make_shared<collect::Board>();
    std::shared_ptr<metrics::SnapshotStore> snapshots_ = std::make_shared<metrics::SnapshotStore>();
    std::shared_ptr<collect::Documents> documents_ = std::make_shared<collect::Documents>();
    std::shared_ptr<store::Store> store_; // null: nothing is kept over a restart
    std::mutex reload_mutex_;
    ReloadFacts reload_facts_;
    Collectors collectors_;
    Pipeline pipeline_;
    postgres::KeptHistory kept_history_;
    std::shared_ptr<notify::Notifier> notifier_;
    std::mutex shown_mutex_; // a request must not wait until a reload is done
    std::shared_ptr<notify::Notifier> shown_notifier_;
    std::string shown_external_url_; // as configured; under the same mutex, as what follows
    std::shared_ptr<const web::Site> shown_site_;
    std::shared_ptr<const web::DashboardFile> shown_dashboard_; // null: the page's own
    std::unique_ptr<web::Server> server_;
};

} // namespace opsmon
