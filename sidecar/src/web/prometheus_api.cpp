#include "web/prometheus_api.hpp"

#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "web/prometheus_rules_json.hpp"
#include "web/query_gate.hpp"

namespace opsmon::web {
namespace {

constexpr const char* kJsonType = "application/json";

// What one query may use here: less than a rule may, because anybody asks, and several at a time.
constexpr promql::Limits kQueryLimits = [] {
    promql::Limits limits;
    limits.samples_max = 2'000'000; // 16 bytes each
    limits.work_max = 100'000'000;  // about a second
    return limits;
}();

void send(httplib::Response& response, ApiAnswer answer) {
    response.status = answer.status;
    response.set_content(std::move(answer.body), kJsonType);
}

struct Leaving {
    QueryGate& gate;
    ~Leaving() { gate.leave(); }
};

using Answer = std::function<ApiAnswer(const httplib::Request&)>;

httplib::Server::Handler plain(Answer answer) {
    return
        [answer = std::move(answer)](const httplib::Request& request, httplib::Response& response) {
            send(response, answer(request));
        };
}

httplib::Server::Handler gated(const std::shared_ptr<QueryGate>& gate, Answer answer) {
    return [gate, answer = std::move(answer)](const httplib::Request& request,
                                              httplib::Response& response) {
        switch (gate->enter()) {
        case QueryGate::Verdict::Crowded:
            return send(response,
                        api_error("unavailable", "too many queries wait already; ask less often"));
        case QueryGate::Verdict::WaitedTooLong:
            return send(response, api_error("timeout", "query timed out in query queue"));
        case QueryGate::Verdict::Entered:
            break;
        }
        const Leaving leaving{*gate};
        send(response, answer(request));
    };
}

} // namespace

void add_prometheus_routes(httplib::Server& http, QuerySources sources) {
    const auto gate = std::make_shared<QueryGate>(QueryGate::Limits());
    const auto read = sources.read;
    const auto add = [&](const char* path, const httplib::Server::Handler& handler) {
        http.Get(path, handler);
        http.Post(path, handler); // a form instead of a long address; it changes nothing
    };
    add("/api/v1/query", gated(gate, [read](const httplib::Request& request) {
            return answer_query(request.params, read, wall_now(), kQueryLimits);
        }));
    add("/api/v1/query_range", gated(gate, [read](const httplib::Request& request) {
            return answer_query_range(request.params, read, kQueryLimits);
        }));
    add("/api/v1/series", gated(gate, [read](const httplib::Request& request) {
            return answer_series(request.params, read, kQueryLimits);
        }));
    add("/api/v1/labels", gated(gate, [read](const httplib::Request& request) {
            return answer_labels(request.params, read);
        }));
    http.Get("/api/v1/label/([^/]+)/values", gated(gate, [read](const httplib::Request& request) {
                 return answer_label_values(request.matches[1], request.params, read);
             }));
    const auto rules = std::move(sources.rules);
    http.Get("/api/v1/rules", plain([rules](const httplib::Request& request) {
                 return answer_rules(request.params, rules());
             }));
    http.Get("/api/v1/alerts",
             plain([rules](const httplib::Request&) { return answer_alerts(rules()); }));
    http.Get("/api/v1/metadata", plain([](const httplib::Request& request) {
                 return answer_metadata(request.params);
             }));
    http.Get("/api/v1/status/buildinfo",
             plain([](const httplib::Request&) { return answer_build_info(); }));
}

} // namespace opsmon::web
