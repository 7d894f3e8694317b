#include "web/server.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <httplib.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/scheduler.hpp"
#include "web/alertmanager_api.hpp"
#include "web/bounded_server.hpp"
#include "web/gates.hpp"
#include "web/page.hpp"
#include "web/prometheus_api.hpp"
#include "web/routes.hpp"
#include "web/runbooks.hpp"
#include "web/scrape_targets.hpp"
#include "web/worker_pool.hpp"

namespace opsmon::web {
namespace {

constexpr std::size_t kThreads = 64;
constexpr std::size_t kQueueLengthMax = 64;
constexpr StreamLimits kLimits{32 * 1024, std::chrono::seconds(2), std::chrono::seconds(5)};
constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kJsonType = "application/json";
constexpr const char* kPlainType = "text/plain; charset=utf-8";

// The library does not say why it could not listen; this tries again by hand only to learn it.
std::string why_not_listening(const std::string& host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (problem != 0) {
        return ::gai_strerror(problem);
    }
    const int fd = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    const bool bound = fd >= 0 && ::bind(fd, found->ai_addr, found->ai_addrlen) == 0;
    const std::string reason = bound ? "unknown reason" : std::strerror(errno);
    if (fd >= 0) {
        ::close(fd);
    }
    ::freeaddrinfo(found);
    return reason;
}

void answer_metrics(const Handlers& handlers, httplib::Response& response) {
    const auto snapshot = handlers.newest_snapshot();
    if (!snapshot) {
        response.status = 503;
        response.set_content("no snapshot yet; try again in a second\n", kPlainType);
        return;
    }
    // A provider hands out the snapshot's own bytes: no copy, and no compression, per request.
    const auto text = snapshot->text;
    response.set_content_provider(
        text->size(), kMetricsType,
        [text](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
            return sink.write(text->data() + offset, length);
        });
}

void answer_reload(const Handlers& handlers, httplib::Response& response) {
    const auto reloaded = handlers.reload();
    response.status = reloaded ? 200 : 500;
    response.set_content((reloaded ? *reloaded : reloaded.error().message) + "\n", kPlainType);
}

void answer_document(const Handlers& handlers, const httplib::Request& request,
                     httplib::Response& response) {
    if (auto document = handlers.document(request.path)) {
        response.set_content(std::move(*document), kJsonType);
        return;
    }
    response.status = 404;
    response.set_content(R"({"status":"error","errorType":"not_found","error":)"
                         R"("there is no such document, or nothing is configured to fill it"})",
                         kJsonType);
}

void answer_runbook(const httplib::Request& request, httplib::Response& response) {
    const auto text = runbook(request.matches[1].str());
    response.status = text ? 200 : 404;
    response.set_content(text.value_or("no alert of this name comes with opsmon\n"), kPlainType);
}

void add_gates(httplib::Server& http, MethodTable methods, const std::shared_ptr<Gates>& gates) {
    using Handled = httplib::Server::HandlerResponse;
    const auto table = std::make_shared<const MethodTable>(std::move(methods));
    http.set_pre_routing_handler(
        [table, gates](const httplib::Request& request, httplib::Response& response) {
            if (!gates->admit(request, response)) {
                return Handled::Handled;
            }
            return admit_method(*table, request, response) ? Handled::Unhandled : Handled::Handled;
        });
    http.set_post_routing_handler([gates](const httplib::Request&, httplib::Response& response) {
        response.headers.erase("Accept-Ranges"); // the library offers them to HEAD
        gates->finish(response);
    });
}

// What the library refuses without a word; null for any other status.
const char* why_refused(int status) {
    switch (status) {
    case 400:
        return "this is no request of HTTP, or its form is broken\n";
    case 404:
        return "there is nothing here; see /\n";
    case 413:
        return "the request is too large: a form has at most 8 KiB, any other 32 KiB\n";
    case 414:
        return "the address is too long: it has at most 8 KiB\n";
    default:
        return nullptr;
    }
}

MethodTable add_routes(httplib::Server& http, const std::shared_ptr<const Handlers>& handlers,
                       Listening listening) {
    Routes routes(http);
    routes.get("/metrics", [handlers](const httplib::Request&, httplib::Response& response) {
        answer_metrics(*handlers, response);
    });
    routes.get("/-/healthy", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("opsmon-sidecar is alive\n", kPlainType);
    });
    routes.get("/-/ready", [handlers](const httplib::Request&, httplib::Response& response) {
        const bool ready = handlers->ready();
        response.status = ready ? 200 : 503;
        response.set_content(ready ? "ready\n" : "not every collector has reported yet\n",
                             kPlainType);
    });
    add_prometheus_routes(routes, handlers->query);
    routes.get_others("/api/v1/.*",
                      [handlers](const httplib::Request& request, httplib::Response& response) {
                          answer_document(*handlers, request, response);
                      });
    routes.get("/runbooks/([A-Za-z0-9]{1,64})", answer_runbook);
    add_alertmanager_routes(routes, handlers->notifier);
    routes.post("/-/reload", [handlers](const httplib::Request&, httplib::Response& response) {
        answer_reload(*handlers, response);
    });
    add_page_routes(routes, handlers->own_dashboard);
    add_scrape_targets_route(routes, handlers->query.read, handlers->external_url, listening);
    http.set_error_handler([](const httplib::Request&, httplib::Response& response) {
        const char* why = why_refused(response.status);
        if (response.body.empty() && why != nullptr) {
            response.set_content(why, kPlainType);
        }
    });
    return routes.take_table();
}

void set_limits(httplib::Server& http) {
    http.new_task_queue = [] { return new WorkerPool(kThreads, kQueueLengthMax); };
    http.set_payload_max_length(kLimits.request_bytes);
    // The library's own options include SO_REUSEPORT: a second sidecar would take half the requests
    // instead of being told that the port is taken.
    http.set_socket_options([](socket_t fd) {
        const int yes = 1;
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
}

bool bind_to(BoundedServer& http, const HostPort& address) {
    if (!address.host.empty()) {
        return http.bind_to(address.host, address.port);
    }
    return http.bind_to("::", address.port) || http.bind_to("0.0.0.0", address.port);
}

} // namespace

struct Server::State {
    explicit State(std::shared_ptr<Gates> given) : gates(std::move(given)) {}

    std::shared_ptr<Gates> gates;
    BoundedServer http{kLimits, [its_gates = gates] { return its_gates->tls(); }};
    std::atomic<bool> stop_requested = false;
    StopSignal finished;
};

Result<std::unique_ptr<Server>> Server::listen(const HostPort& address, Handlers handlers,
                                               std::shared_ptr<Access> access) {
    if (!handlers.site) {
        const auto site =
            std::make_shared<const Site>(make_site({address, {}, "", "", access && access->tls()}));
        handlers.site = [site] { return site; };
    }
    const Listening listening{address.port, access && access->tls()};
    auto state = std::make_shared<State>(std::make_shared<Gates>(handlers.site, std::move(access)));
    const auto shared = std::make_shared<const Handlers>(std::move(handlers));
    set_limits(state->http);
    add_gates(state->http, add_routes(state->http, shared, listening), state->gates);
    if (!bind_to(state->http, address)) {
        const std::string host = address.host.empty() ? "0.0.0.0" : address.host;
        return Error{"cannot listen on " + address.to_string() + ": " +
                     why_not_listening(host, address.port) + "; choose another web.listen_address"};
    }
    try {
        std::thread([state] {
            state->http.listen_after_bind();
            state->finished.request();
        }).detach();
    } catch (const std::system_error&) {
        return Error{"cannot serve " + address.to_string() +
                         ": the system has no thread left (see its limits on tasks)",
                     true};
    }
    // A stop that came before the server runs would be lost.
    while (!state->http.is_running() && !state->finished.requested()) {
        std::this_thread::yield();
    }
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() {
    request_stop();
}

void Server::replace_access(std::shared_ptr<Access> access) {
    state_->gates->replace_access(std::move(access));
}

void Server::request_stop() {
    if (!state_->stop_requested.exchange(true)) {
        state_->http.stop_now();
    }
}

bool Server::wait_until_stopped(SteadyTime deadline) {
    return state_->finished.wait_until(deadline);
}

} // namespace opsmon::web
