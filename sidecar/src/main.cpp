// The command line of opsmon-sidecar, and the signals of the process. Everything else is in
// app.hpp.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <malloc.h>
#include <pthread.h>

#include "app.hpp"
#include "base/file_limit.hpp"
#include "base/log.hpp"
#include "base/private_process.hpp"
#include "heartbeat.hpp"
#include "metrics/catalog_doc.hpp"
#include "query_command.hpp"
#include "reference_commands.hpp"
#include "rule_commands.hpp"
#include "service_manager.hpp"

namespace {

using namespace opsmon;

constexpr std::chrono::milliseconds kStopWithin{1800};
constexpr int kMisused = 2;

struct CommandLine {
    std::string config_file;
    std::string checked_file;
    std::string listen_address;
    std::string storage_path;
    std::string web_config_file;
};

// Blocked before the first thread starts, so that every thread inherits it and only run() sees
// them.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN); // a peer that went away is an error of the call
    return signals;
}

int fail(const std::string& message) {
    std::cerr << "opsmon-sidecar: " << message << '\n';
    return EXIT_FAILURE;
}

// The command line makes no sense.
int misused(const std::string& message) {
    fail(message);
    return kMisused;
}

int check_config(const std::string& file) {
    if (file.empty()) {
        return misused("check-config needs a file: opsmon-sidecar check-config opsmon.yml");
    }
    const auto settings = load_settings(file);
    if (!settings) {
        std::cerr << settings.error().message << '\n';
        return EXIT_FAILURE;
    }
    std::size_t rules = 0;
    for (const auto& group : settings->groups) {
        rules += group.rules.size();
    }
    std::cout << file << ": valid; " << settings->config.services.size() << " services, " << rules
              << " rules, notifications " << (settings->notification ? "on" : "off") << '\n';
    return EXIT_SUCCESS;
}

int check_web_config(const std::string& file) {
    auto settings = config::load_web_file(file);
    if (!settings) {
        return fail(settings.error().message);
    }
    const std::size_t users = settings->users.size();
    const bool has_tls = settings->tls.has_value();
    if (const auto access = web::Access::make(std::move(*settings)); !access) {
        return fail(file + ": " + access.error().message);
    }
    std::cout << file << ": valid; TLS " << (has_tls ? "on" : "off") << ", " << users << " users\n";
    return EXIT_SUCCESS;
}

// The next signal, 0 when there was none for so long.
int wait_for_signal(const sigset_t& signals, std::chrono::milliseconds patience) {
    timespec timeout{};
    timeout.tv_sec = patience.count() / 1000;
    timeout.tv_nsec = patience.count() % 1000 * 1'000'000;
    return std::max(sigtimedwait(&signals, nullptr, &timeout), 0);
}

void serve_until_told(App& app, ServiceManager& manager, const sigset_t& signals) {
    Heartbeat heart(ServiceManager::watchdog());
    const auto status = [&app] { return status_line(app.vitals(), app.address()); };
    manager.ready(status());
    for (int signal = 0; signal != SIGTERM && signal != SIGINT;) {
        signal = wait_for_signal(signals, heart.pause());
        if (signal == SIGHUP) {
            manager.reloading(steady_now());
            (void)app.reload(); // tells the log by itself
            manager.ready(status());
        }
        if (heart.beats(app.vitals())) {
            manager.alive();
        }
        manager.fares(status());
    }
}

int run(const CommandLine& command_line) {
    AppOptions options;
    options.config_file = command_line.config_file;
    if (options.config_file.empty()) {
        return misused("no configuration given; use --config.file opsmon.yml, or --help");
    }
    if (!command_line.listen_address.empty()) {
        auto address = parse_host_port(command_line.listen_address);
        if (!address) {
            return misused("--web.listen-address: " + address.error().message);
        }
        options.listen_address = std::move(*address);
    }
    options.storage_path = command_line.storage_path;
    options.web_config_file = command_line.web_config_file;
    const sigset_t signals = block_signals();
    make_process_private();
    raise_file_limit();
    log::start();
    auto app = App::start(std::move(options));
    if (!app) {
        log::failure("cannot start", {{"error", app.error().message}});
        return EXIT_FAILURE;
    }
    ServiceManager manager;
    serve_until_told(**app, manager, signals);
    manager.stopping();
    log::info("stopping");
    const bool clean = (*app)->stop(steady_now() + kStopWithin);
    log::info("stopped", {{"clean", clean ? "yes" : "no, something still hangs"}});
    // Threads in a call that hangs (a dead mount, a name lookup) cannot be joined, and must not run
    // on while destructors tear down what they use.
    std::fflush(nullptr);
    std::_Exit(EXIT_SUCCESS);
}

CLI::App* add_query_command(CLI::App& cli, QueryOptions& options) {
    CLI::App* query = cli.add_subcommand(
        "query", "Evaluate PromQL over a file of samples and print the answer as Prometheus' JSON");
    query
        ->add_option("--data", options.data_file,
                     "The samples: an OpenMetrics file with timestamps")
        ->required();
    query
        ->add_option("EXPR", options.expression,
                     "The expression; - reads one a line and prints an answer for each")
        ->required();
    query->add_option("--time", options.time,
                      "When: Unix seconds or RFC 3339 (the newest sample of the file)");
    query->add_option("--start", options.start, "The first moment of a range");
    query->add_option("--end", options.end, "The last moment of a range");
    query->add_option("--step", options.step, "From one moment to the next: 15 or 15s");
    return query;
}

CLI::App* add_serve_data_command(CLI::App& cli, ServeDataOptions& options) {
    CLI::App* serve = cli.add_subcommand(
        "serve-data", "Serve Prometheus' query API over a file of samples, to Grafana for example");
    serve
        ->add_option("--data", options.data_file,
                     "The samples: an OpenMetrics file with timestamps")
        ->required();
    serve->add_option("--web.listen-address", options.listen_address,
                      "Where (" + options.listen_address + ")");
    return serve;
}

CLI::App* add_check_rules_command(CLI::App& cli, CheckRules& what) {
    CLI::App* check = cli.add_subcommand("check-rules",
                                         "Check rule files, and warn of rules that can never fire");
    check->add_option("FILE", what.files, "The rule files")->required();
    check
        ->add_option("--lint", what.lint,
                     "What findings of the lint are: off, warn, or error (the exit code is then 3)")
        ->check(CLI::IsMember({"off", "warn", "error"}));
    check->add_option("--time-to-full", what.time_to_full,
                      "How soon the disk was seen to fill up at the worst, such as 5m: a longer "
                      "`for` comes too late");
    check->add_option("--sample-interval", what.sample_interval,
                      "From one sample of a series to the next, 10s by default: a rate() over less "
                      "than two samples has no result");
    return check;
}

} // namespace

int main(int argc, char** argv) {
    // Otherwise each thread gets an arena of its own, and keeps what it once needed.
    ::mallopt(M_ARENA_MAX, 2);
    CommandLine command_line;
    CLI::App cli(
        "Watches a PostgreSQL server, its host and its services; serves /metrics and tells "
        "Slack.",
        "opsmon-sidecar");
    cli.set_version_flag("--version", std::string("opsmon-sidecar " OPSMON_VERSION));
    cli.add_option("--config.file", command_line.config_file, "The configuration, opsmon.yml");
    cli.add_option("--web.listen-address", command_line.listen_address,
                   "Where to serve /metrics, instead of web.listen_address in the configuration");
    cli.add_option("--web.config.file", command_line.web_config_file,
                   "TLS, users and headers, in the format of Prometheus and its exporters");
    cli.add_option("--storage.path", command_line.storage_path,
                   "The folder for what must survive a restart, instead of storage.path in the "
                   "configuration");
    CLI::App* check = cli.add_subcommand(
        "check-config",
        "Check the configuration and the files it names, and say all that is wrong");
    check->add_option("FILE", command_line.checked_file, "The configuration");
    check->add_option("--config.file", command_line.config_file, "The configuration");
    std::string web_config_file;
    CLI::App* check_web =
        cli.add_subcommand("check-web-config", "Check a file for --web.config.file");
    check_web->add_option("FILE", web_config_file, "The file")->required();
    QueryOptions query_options;
    CLI::App* query = add_query_command(cli, query_options);
    ServeDataOptions serve_options;
    CLI::App* serve_data = add_serve_data_command(cli, serve_options);
    CLI::App* doc = cli.add_subcommand("metrics-doc", "Print docs/metrics.md");
    CLI::App* flags_doc = cli.add_subcommand("flags-doc", "Print docs/reference/command-line.md");
    std::string keys_of = "opsmon";
    CLI::App* config_keys_of = cli.add_subcommand(
        "config-keys", "Print every key of a configuration file, what it holds, and its limits");
    config_keys_of
        ->add_option("FILE", keys_of, "Which file: opsmon (when none is said), notification or web")
        ->check(CLI::IsMember({"opsmon", "notification", "web"}));
    CheckRules rule_check;
    CLI::App* check_rule_files = add_check_rules_command(cli, rule_check);
    std::vector<std::string> rule_tests;
    CLI::App* test_rule_files =
        cli.add_subcommand("test-rules", "Run unit tests of rules, in promtool's format");
    test_rule_files->add_option("FILE", rule_tests, "The files with the tests")->required();
    cli.require_subcommand(0, 1);
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // --help and --version come here too. The library has a number for each fault, beyond 100.
        return cli.exit(error) == EXIT_SUCCESS ? EXIT_SUCCESS : kMisused;
    }
    if (check->parsed()) {
        return check_config(command_line.checked_file.empty() ? command_line.config_file
                                                              : command_line.checked_file);
    }
    if (check_web->parsed()) {
        return check_web_config(web_config_file);
    }
    if (query->parsed()) {
        return run_query(query_options, std::cin, std::cout, std::cerr);
    }
    if (serve_data->parsed()) {
        return run_serve_data(serve_options, std::cout, std::cerr);
    }
    if (doc->parsed()) {
        std::cout << metrics::catalog_as_markdown();
        return EXIT_SUCCESS;
    }
    if (flags_doc->parsed()) {
        std::cout << command_line_as_markdown(cli);
        return EXIT_SUCCESS;
    }
    if (config_keys_of->parsed()) {
        std::cout << config_keys(keys_of);
        return EXIT_SUCCESS;
    }
    if (check_rule_files->parsed()) {
        return check_rules(rule_check);
    }
    if (test_rule_files->parsed()) {
        return test_rules(rule_tests);
    }
    return run(command_line);
}
