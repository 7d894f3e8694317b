#include "collect/access_log/stub_status.hpp"

#include <future>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxPageBytes = 1024;

// Takes "<words> <number>" off a line for each of the names, which must come in this order.
bool take_named(std::string_view line, std::initializer_list<std::string_view> names,
                std::initializer_list<std::uint64_t*> out) {
    auto into = out.begin();
    for (const std::string_view name : names) {
        line = trim(line);
        if (!line.starts_with(name)) {
            return false;
        }
        line = trim(line.substr(name.size()));
        const auto end = std::min(line.find(' '), line.size());
        const auto number = parse_count(line.substr(0, end));
        if (!number) {
            return false;
        }
        **into++ = *number;
        line.remove_prefix(end);
    }
    return trim(line).empty();
}

Result<StubStatus> ask(HttpClient& client) {
    const HttpOutcome outcome = client.get_with_body();
    if (outcome.status == 0) {
        return Error{outcome.error, true};
    }
    if (outcome.status != 200) {
        return Error{"HTTP status " + std::to_string(outcome.status) +
                         "; the url must be a location with stub_status",
                     true};
    }
    return parse_stub_status(outcome.body);
}

void add(metrics::SampleList& out, const std::string& service, const StubStatus& status) {
    const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
    out.add<"service_nginx_connections">(number(status.active), service, "active");
    out.add<"service_nginx_connections">(number(status.reading), service, "reading");
    out.add<"service_nginx_connections">(number(status.writing), service, "writing");
    out.add<"service_nginx_connections">(number(status.waiting), service, "waiting");
    out.add<"service_nginx_connections_accepted_total">(number(status.accepted), service);
    out.add<"service_nginx_connections_handled_total">(number(status.handled), service);
    out.add<"service_nginx_requests_total">(number(status.requests), service);
}

} // namespace

Result<StubStatus> parse_stub_status(std::string_view page) {
    StubStatus out;
    const Error error{"this is not the page of stub_status; the url must be a location with "
                      "stub_status"};
    if (page.size() > kMaxPageBytes ||
        !take_named(take_line(page), {"Active connections:"}, {&out.active}) ||
        trim(take_line(page)) != "server accepts handled requests" ||
        !take_named(take_line(page), {"", "", ""}, {&out.accepted, &out.handled, &out.requests}) ||
        !take_named(take_line(page), {"Reading:", "Writing:", "Waiting:"},
                    {&out.reading, &out.writing, &out.waiting}) ||
        !trim(page).empty()) {
        return error;
    }
    return out;
}

StubStatusSource::StubStatusSource(std::vector<config::StubStatus> services) {
    for (config::StubStatus& settings : services) {
        auto client = std::make_unique<HttpClient>(settings.url, settings.timeout);
        services_.push_back({std::move(settings), std::move(client), {}});
    }
}

std::vector<CollectorReport> StubStatusSource::collect(const CycleTime&, const StopSignal& stop) {
    CollectorReport report;
    report.collector = "stub_status";
    std::vector<std::future<Result<StubStatus>>> answers;
    for (Nginx& nginx : services_) {
        const auto question = [&client = *nginx.client] { return ask(client); };
        try {
            answers.push_back(std::async(std::launch::async, question));
        } catch (const std::system_error&) { // no thread is to be had: then one after the other
            answers.push_back(std::async(std::launch::deferred, question));
        }
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        Nginx& nginx = services_[i];
        const Result<StubStatus> status = answers[i].get();
        const std::string& service = nginx.settings.service;
        report.samples.add<"service_nginx_up">(status ? 1 : 0, service);
        if (status) {
            add(report.samples, service, *status);
        }
        const std::string error = status ? "" : status.error().message;
        if (error != nginx.last_error && !stop.requested()) {
            if (status) {
                log::info("nginx answers stub_status again", {{"service", service}});
            } else {
                log::warning("nginx does not answer stub_status",
                             {{"service", service}, {"error", error}});
            }
            nginx.last_error = error;
        }
    }
    report.success = true;
    return {report};
}

} // namespace opsmon::collect
