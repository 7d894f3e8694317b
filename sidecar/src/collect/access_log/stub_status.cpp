#include "collect/access_log/stub_status.hpp"

#include <algorithm>
#include <future>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "collect/probe/http_answer.hpp"
#include "collect/probe/wire.hpp"

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

std::string request_for(const Url& url) {
    return "GET " + url.target() +
           " HTTP/1.1\r\nHost: " + HostPort{url.host, url.port}.to_string() +
           "\r\nUser-Agent: opsmon-sidecar/" OPSMON_VERSION "\r\nConnection: close\r\n\r\n";
}

// False: the outcome says why.
bool fetch(const Url& url, Resolver& resolver, SteadyTime deadline, HttpAnswer& answer,
           ProbeOutcome& outcome) {
    Wire wire(outcome, deadline);
    if (!wire.connect(resolver, {url.host, url.port}) ||
        (url.tls && !wire.start_tls(config::TlsCheck(), url.host)) ||
        !wire.send(request_for(url))) {
        return false;
    }
    std::string bytes;
    while (answer.state() == HttpAnswer::State::Head || answer.state() == HttpAnswer::State::Body) {
        bytes.clear();
        const Wire::Got got = wire.receive(bytes, HttpAnswer::kMaxHeadBytes);
        if (got == Wire::Got::Failed) {
            return false;
        }
        if (got == Wire::Got::End) {
            answer.end();
        } else {
            answer.feed(bytes);
        }
    }
    return answer.state() == HttpAnswer::State::Complete ||
           outcome.fail(Reason::Protocol, std::string(answer.problem()));
}

Result<StubStatus> ask(const Url& url, Resolver& resolver, SteadyTime deadline) {
    ProbeOutcome outcome;
    HttpAnswer answer(false, kMaxPageBytes + 1);
    if (!fetch(url, resolver, deadline, answer, outcome)) {
        return Error{outcome.detail, true};
    }
    if (answer.status() != 200) {
        return Error{"HTTP status " + std::to_string(answer.status()) +
                         "; the url must be a location with stub_status",
                     true};
    }
    return parse_stub_status(answer.body());
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

StubStatusSource::StubStatusSource(std::vector<config::StubStatus> services,
                                   std::chrono::milliseconds patience, Resolver resolver)
    : patience_(patience), resolver_(std::move(resolver)) {
    for (config::StubStatus& settings : services) {
        services_.push_back({std::move(settings), {}});
    }
}

std::vector<CollectorReport> StubStatusSource::collect(const CycleTime&, const StopSignal& stop) {
    CollectorReport report;
    report.collector = "stub_status";
    std::vector<std::future<Result<StubStatus>>> answers;
    for (const Nginx& nginx : services_) {
        const auto question = [&](std::chrono::milliseconds most) {
            const auto time = std::min(nginx.settings.timeout, most);
            return [this, &url = nginx.settings.url, time] {
                return ask(url, resolver_, steady_now() + time);
            };
        };
        try {
            answers.push_back(std::async(std::launch::async, question(patience_)));
        } catch (const std::system_error&) { // no thread is to be had: then one after the other
            const auto share = patience_ / static_cast<int>(services_.size());
            answers.push_back(std::async(std::launch::deferred, question(share)));
        }
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        Nginx& nginx = services_[i];
        const Result<StubStatus> status = answers[i].get();
        const std::string& service = nginx.settings.service;
        report.samples.add<"service_nginx_up">(status ? 1 : 0, service);
        if (status) {
            add(report.samples, service, *status);
        } else {
            report.silent.push_back({"service", service});
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
