#include "query_command.hpp"

#include "base/rfc3339.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "history/openmetrics_file.hpp"
#include "web/prometheus_query.hpp"
#include "web/server.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>

namespace opsmon {
namespace {

template <typename T>
std::optional<Error> fault_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error());
}

// The parameters of the API that say when: one moment or a range.
Result<web::Parameters> parse_when(const QueryOptions& options, const history::FileSource& source) {
    const bool any = !options.start.empty() || !options.end.empty() || !options.step.empty();
    if (any && (options.start.empty() || options.end.empty() || options.step.empty())) {
        return Error{"a range needs all of --start, --end and --step"};
    }
    if (any && !options.time.empty()) {
        return Error{"--time is of one moment, --start, --end and --step of a range; give one"};
    }
    web::Parameters out;
    if (any) {
        out = {{"start", options.start}, {"end", options.end}, {"step", options.step}};
    } else if (!options.time.empty()) {
        out = {{"time", options.time}};
    } else {
        TimestampMs last = 0;
        for (const auto& series : source.series()) {
            last = series.points.empty() ? last : std::max(last, series.points.back().at);
        }
        out = {{"time", format_rfc3339(last)}};
    }
    for (const auto& [name, text] : out) {
        const auto fault = name == "step" ? fault_of(web::parse_api_duration(text))
                                          : fault_of(web::parse_api_time(text));
        if (fault) {
            return fault->with_prefix("--" + name);
        }
    }
    return out;
}

web::ReadSource reader_of(const history::Source& source) {
    return [&source](const auto& reader) { reader(source); };
}

constexpr std::size_t kMaxDataBytes = 1UL << 30;

Result<history::FileSource> load(const std::string& path) {
    const auto text = read_file(path, kMaxDataBytes);
    if (!text) {
        return text.error();
    }
    auto source = history::parse_openmetrics(*text);
    return source ? std::move(source) : source.error().with_prefix(path);
}

} // namespace

int run_query(const QueryOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
    const auto source = load(options.data_file);
    const auto when = source ? parse_when(options, *source)
                             : Result<web::Parameters>(Error{source.error().message});
    if (!when) {
        err << "opsmon-sidecar: query: " << when.error().message << '\n';
        return EXIT_FAILURE;
    }
    const auto read = reader_of(*source);
    const auto answer = [&](const std::string& expression) {
        auto parameters = *when;
        parameters.emplace("query", expression);
        return when->contains("step") ? web::answer_query_range(parameters, read, {})
                                      : web::answer_query(parameters, read, 0, {});
    };
    if (options.expression != "-") {
        const auto one = answer(options.expression);
        out << one.body << '\n';
        return one.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    for (std::string line; std::getline(in, line);) {
        out << answer(line).body << '\n';
    }
    return EXIT_SUCCESS;
}

int run_serve_data(const ServeDataOptions& options, std::ostream& out, std::ostream& err) {
    const auto source = load(options.data_file);
    const auto address = source ? parse_host_port(options.listen_address)
                                : Result<HostPort>(Error{source.error().message});
    if (!address) {
        err << "opsmon-sidecar: serve-data: " << address.error().message << '\n';
        return EXIT_FAILURE;
    }
    sigset_t ends; // before there is any thread, so that all of them leave the signals to this one
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    web::Handlers handlers;
    handlers.newest_snapshot = [] { return nullptr; };
    handlers.ready = [] { return true; };
    handlers.reload = [] {
        return Error{"a file of samples is served: there is nothing to reload"};
    };
    handlers.document = [](const std::string&) { return std::nullopt; };
    handlers.query.read = reader_of(*source);
    handlers.query.rules = [] { return std::vector<rules::GroupView>(); };
    const auto server = web::Server::listen(*address, std::move(handlers));
    if (!server) {
        err << "opsmon-sidecar: serve-data: " << server.error().message << '\n';
        return EXIT_FAILURE;
    }
    out << "http://" << address->to_string() << "/api/v1/query answers from " << options.data_file
        << "; end it with Ctrl-C\n"
        << std::flush;
    int signal = 0;
    ::sigwait(&ends, &signal);
    (*server)->request_stop();
    (*server)->wait_until_stopped(steady_now() + std::chrono::seconds(5));
    return EXIT_SUCCESS;
}

} // namespace opsmon
