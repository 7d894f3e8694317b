#include "app.hpp"

#include <array>
#include <climits>
#include <system_error>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/log.hpp"
#include "external_url.hpp"

namespace opsmon {
namespace {

history::Limits history_limits(const config::History& settings) {
    history::Limits out;
    out.window_ms = settings.window.count();
    out.interval_ms = settings.interval.count();
    out.bytes_max = settings.memory_bytes_max;
    return out;
}

std::string storage_path(const AppOptions& options, const config::Config& config) {
    return options.storage_path.empty() ? config.storage.path : options.storage_path;
}

Result<std::shared_ptr<store::Store>> open_store(const std::string& folder) {
    if (folder.empty()) {
        return std::shared_ptr<store::Store>();
    }
    return store::Store::open(folder);
}

struct WebAccess {
    std::shared_ptr<web::Access> access; // null: no file is given
    bool has_tls = false;
};

Result<WebAccess> load_access(const std::string& file) {
    if (file.empty()) {
        return WebAccess{};
    }
    auto settings = config::load_web_file(file);
    if (!settings) {
        return settings.error().with_prefix("--web.config.file");
    }
    const bool has_tls = settings->tls.has_value();
    auto access = web::Access::make(std::move(*settings));
    if (!access) {
        return access.error().with_prefix("--web.config.file");
    }
    return WebAccess{std::move(*access), has_tls};
}

std::string hostname() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

} // namespace

Result<std::unique_ptr<App>> App::start(AppOptions options) {
    auto settings = load_settings(options.config_file);
    if (!settings) {
        return settings.error();
    }
    auto access = load_access(options.web_config_file);
    if (!access) {
        return access.error();
    }
    // First what may fail: after it, threads run that nothing should have to take back.
    auto store = open_store(storage_path(options, settings->config));
    if (!store) {
        return store.error();
    }
    std::unique_ptr<App> app(new App(std::move(options), settings->config, std::move(*store)));
    app->serves_tls_ = access->has_tls;
    app->show_site(settings->config);
    if (auto listening = app->listen(std::move(access->access)); !listening) {
        return listening.error();
    }
    if (auto begun = app->begin(std::move(*settings)); !begun) {
        return begun.error();
    }
    log::info("started",
              {{"version", OPSMON_VERSION}, {"listen_address", app->listen_address_.to_string()}});
    return app;
}

App::App(AppOptions options, const config::Config& config, std::shared_ptr<store::Store> store)
    : options_(std::move(options)),
      listen_address_(options_.listen_address.value_or(config.listen_address)),
      storage_path_(storage_path(options_, config)),
      store_(std::move(store)),
      collectors_(Surroundings{board_, documents_, store_, options_.proc, options_.sys}),
      pipeline_(board_, snapshots_, options_.proc, store_) {}

Result<void> App::begin(Settings settings) {
    const std::lock_guard lock(reload_mutex_);
    apply(std::move(settings));
    return pipeline_.start();
}

void App::apply(Settings settings) {
    pipeline_.replace_history_limits(history_limits(settings.config.history));
    const auto url =
        external_url(settings.config.external_url, listen_address_, hostname(), serves_tls_);
    pipeline_.set_external_url(url);
    show_site(settings.config);
    {
        const std::lock_guard lock(shown_mutex_);
        shown_dashboard_ = std::move(settings.dashboard);
    }
    pipeline_.replace_rules(std::move(settings.groups));
    if (settings.notification) {
        settings.notification->external_url = url;
    }
    apply_notification(std::move(settings.notification));
    collectors_.apply(settings.config);
    kept_history_.replace_settings(settings.config.postgres);
    reload_facts_ = {true, wall_now()};
    pipeline_.set_reload_facts(reload_facts_);
}

Result<void> App::listen(std::shared_ptr<web::Access> access) {
    web::Handlers handlers;
    handlers.newest_snapshot = [snapshots = snapshots_] { return snapshots->newest(); };
    handlers.ready = [this] { return pipeline_.ready(); };
    handlers.document = [documents = documents_](const std::string& path) {
        return documents->write(path);
    };
    handlers.reload = [this] { return reload(); };
    handlers.notifier = [this] {
        const std::lock_guard lock(shown_mutex_);
        return shown_notifier_;
    };
    handlers.query.read = [this](const auto& reader) { pipeline_.read_history(reader); };
    handlers.query.kept = [this](const auto& question) { return kept_history_.read(question); };
    handlers.query.rules = [this] { return pipeline_.rules_view(); };
    handlers.site = [this] {
        const std::lock_guard lock(shown_mutex_);
        return shown_site_;
    };
    handlers.external_url = [this] {
        const std::lock_guard lock(shown_mutex_);
        return shown_external_url_;
    };
    handlers.own_dashboard = [this] {
        const std::lock_guard lock(shown_mutex_);
        return shown_dashboard_;
    };
    auto server = web::Server::listen(listen_address_, std::move(handlers), std::move(access));
    if (!server) {
        return server.error();
    }
    server_ = std::move(*server);
    return {};
}

Error App::refuse_reload(const Error& why) {
    reload_facts_.successful = false;
    pipeline_.set_reload_facts(reload_facts_);
    log::failure("reload failed; the configuration before stays in use", {{"error", why.message}});
    return why;
}

Result<std::string> App::reload() {
    const std::lock_guard lock(reload_mutex_);
    auto settings = load_settings(options_.config_file);
    if (!settings) {
        return refuse_reload(settings.error());
    }
    auto access = load_access(options_.web_config_file);
    if (!access) {
        return refuse_reload(access.error());
    }
    serves_tls_ = access->has_tls;
    server_->replace_access(std::move(access->access));
    std::string told = "configuration reloaded";
    const HostPort wanted = options_.listen_address.value_or(settings->config.listen_address);
    if (!(wanted == listen_address_)) {
        told += "; web.listen_address stays " + listen_address_.to_string() +
                " until a restart, a reload cannot change it";
        log::warning("web.listen_address needs a restart to change",
                     {{"in_use", listen_address_.to_string()}, {"wanted", wanted.to_string()}});
    }
    if (const std::string folder = storage_path(options_, settings->config);
        folder != storage_path_) {
        told += "; storage.path stays as it is until a restart, a reload cannot change it";
        log::warning("storage.path needs a restart to change",
                     {{"in_use", storage_path_}, {"wanted", folder}});
    }
    apply(std::move(*settings));
    log::info("configuration reloaded", {{"file", options_.config_file}});
    return told;
}

void App::apply_notification(std::optional<notify::Settings> settings) {
    if (!settings) {
        pipeline_.replace_notifier(nullptr);
        if (notifier_) {
            notifier_->stop();
            notifier_.reset();
        }
        show_notifier();
        return;
    }
    if (notifier_) {
        notifier_->replace(std::move(*settings));
        return;
    }
    notifier_ = std::make_shared<notify::Notifier>(std::move(*settings), store_);
    notifier_->start();
    pipeline_.replace_notifier(notifier_);
    show_notifier();
}

void App::show_notifier() {
    const std::lock_guard lock(shown_mutex_);
    shown_notifier_ = notifier_;
}

void App::show_site(const config::Config& config) {
    auto site = std::make_shared<const web::Site>(web::make_site(
        {listen_address_, config.allowed_hosts, config.external_url, hostname(), serves_tls_}));
    const std::lock_guard lock(shown_mutex_);
    shown_site_ = std::move(site);
    shown_external_url_ = config.external_url;
}

bool App::stop(SteadyTime deadline) {
    const std::lock_guard lock(reload_mutex_);
    server_->request_stop();
    collectors_.request_stop();
    pipeline_.stop();
    const bool told = stop_notifier(deadline);
    const bool collected = collectors_.wait_until_stopped(deadline);
    const bool kept = !store_ || store_->flush(deadline);
    return server_->wait_until_stopped(deadline) && collected && told && kept;
}

bool App::stop_notifier(SteadyTime deadline) {
    if (!notifier_) {
        return true;
    }
    // It tries once more to deliver what waits; the end of the process must not depend on that.
    auto finished = std::make_shared<StopSignal>();
    try {
        std::thread([notifier = notifier_, finished] {
            notifier->stop();
            finished->request();
        }).detach();
    } catch (const std::system_error&) { // no thread is to be had: its own limit has to do
        notifier_->stop();
        return true;
    }
    return finished->wait_until(deadline);
}

} // namespace opsmon
