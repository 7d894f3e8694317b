#include "web/prometheus_api.hpp"

#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "web/held_answers.hpp"
#include "web/prometheus_rules_json.hpp"
#include "web/query_gate.hpp"
#include "web/request_parameters.hpp"

namespace opsmon::web {
namespace {

// What one query may use here: less than a rule may, because anybody asks, and several at a time.
constexpr promql::Limits kQueryLimits = [] {
    promql::Limits limits;
    limits.samples_max = 2'000'000; // 16 bytes each
    limits.work_max = 100'000'000;  // about a second
    limits.made_label_bytes_max = 16UL << 20;
    return limits;
}();

struct Leaving {
    QueryGate& gate;
    ~Leaving() { gate.leave(); }
};

using Answer = std::function<ApiAnswer(const Parameters&, const httplib::Request&)>;

ApiAnswer with_parameters(const Answer& answer, const httplib::Request& request) {
    const auto parameters = request_parameters(request);
    return parameters
               ? answer(*parameters, request)
               : api_error("bad_data", "error parsing form values: " + parameters.error().message);
}

httplib::Server::Handler plain(Answer answer) {
    return
        [answer = std::move(answer)](const httplib::Request& request, httplib::Response& response) {
            send(response, with_parameters(answer, request));
        };
}

httplib::Server::Handler gated(const std::shared_ptr<QueryGate>& gate,
                               const std::shared_ptr<HeldAnswers>& held, Answer answer) {
    return [gate, held, answer = std::move(answer)](const httplib::Request& request,
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
        send(response, with_parameters(answer, request), held);
    };
}

} // namespace

void add_prometheus_routes(Routes& routes, QuerySources sources) {
    const auto gate = std::make_shared<QueryGate>(QueryGate::Limits());
    const auto held = std::make_shared<HeldAnswers>();
    const auto read = sources.read;
    const auto kept = sources.kept;
    const auto add = [&](const char* path, const httplib::Server::Handler& handler) {
        routes.get_only(path, handler);
        routes.post(path, handler); // a form instead of a long address; it changes nothing
    };
    add("/api/v1/query",
        gated(gate, held, [read, kept](const Parameters& given, const httplib::Request&) {
            return answer_query(given, read, wall_now(), kQueryLimits, kept);
        }));
    add("/api/v1/query_range",
        gated(gate, held, [read, kept](const Parameters& given, const httplib::Request&) {
            return answer_query_range(given, read, kQueryLimits, kept);
        }));
    add("/api/v1/series",
        gated(gate, held, [read](const Parameters& given, const httplib::Request&) {
            return answer_series(given, read, kQueryLimits);
        }));
    add("/api/v1/labels",
        gated(gate, held, [read](const Parameters& given, const httplib::Request&) {
            return answer_labels(given, read);
        }));
    routes.get_only(
        "/api/v1/label/([^/]+)/values",
        gated(gate, held, [read](const Parameters& given, const httplib::Request& request) {
            return answer_label_values(request.matches[1], given, read);
        }));
    const auto rules = std::move(sources.rules);
    routes.get_only("/api/v1/rules",
                    plain([rules](const Parameters& given, const httplib::Request&) {
                        return answer_rules(given, rules());
                    }));
    routes.get_only("/api/v1/alerts", plain([rules](const Parameters&, const httplib::Request&) {
                        return answer_alerts(rules());
                    }));
    routes.get_only("/api/v1/metadata", plain([](const Parameters& given, const httplib::Request&) {
                        return answer_metadata(given);
                    }));
    routes.get_only(
        "/api/v1/status/buildinfo",
        plain([](const Parameters&, const httplib::Request&) { return answer_build_info(); }));
}

} // namespace opsmon::web
