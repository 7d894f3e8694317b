#include "web/prometheus_api.hpp"

#include <atomic>
#include <malloc.h>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "web/prometheus_rules_json.hpp"
#include "web/query_gate.hpp"
#include "web/request_parameters.hpp"

namespace opsmon::web {
namespace {

constexpr const char* kJsonType = "application/json";
constexpr std::size_t kSmallAnswerBytes = 256UL << 10;
constexpr std::size_t kUnreadBytesMax = 64UL << 20;

// What one query may use here: less than a rule may, because anybody asks, and several at a time.
constexpr promql::Limits kQueryLimits = [] {
    promql::Limits limits;
    limits.samples_max = 2'000'000; // 16 bytes each
    limits.work_max = 100'000'000;  // about a second
    limits.made_label_bytes_max = 16UL << 20;
    return limits;
}();

void send(httplib::Response& response, ApiAnswer answer) {
    response.status = answer.status;
    response.set_content(std::move(answer.body), kJsonType);
}

// Bytes of large answers that their readers have not taken yet: who reads slowly keeps his answer
// in memory, long after his query has left the gate.
struct Unread {
    std::atomic<std::size_t> bytes = 0;
};

struct HeldAnswer {
    HeldAnswer(std::string text, std::shared_ptr<Unread> of)
        : body(std::move(text)), unread(std::move(of)) {
        unread->bytes += body.size();
    }
    HeldAnswer(const HeldAnswer&) = delete;
    HeldAnswer& operator=(const HeldAnswer&) = delete;
    ~HeldAnswer() {
        unread->bytes -= body.size();
        std::string().swap(body);
        ::malloc_trim(0); // what a large query needed is not needed again soon
    }

    std::string body;
    std::shared_ptr<Unread> unread;
};

void send_large(httplib::Response& response, ApiAnswer answer,
                const std::shared_ptr<Unread>& unread) {
    if (answer.body.size() <= kSmallAnswerBytes) {
        return send(response, std::move(answer));
    }
    if (unread->bytes + answer.body.size() > kUnreadBytesMax) {
        return send(response, api_error("unavailable",
                                        "too many large answers are being read already; ask for "
                                        "less, or again later"));
    }
    const auto held = std::make_shared<const HeldAnswer>(std::move(answer.body), unread);
    response.status = answer.status;
    response.set_content_provider(
        held->body.size(), kJsonType,
        [held](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
            return sink.write(held->body.data() + offset, length);
        });
}

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
                               const std::shared_ptr<Unread>& unread, Answer answer) {
    return [gate, unread, answer = std::move(answer)](const httplib::Request& request,
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
        send_large(response, with_parameters(answer, request), unread);
    };
}

} // namespace

void add_prometheus_routes(httplib::Server& http, QuerySources sources) {
    const auto gate = std::make_shared<QueryGate>(QueryGate::Limits());
    const auto unread = std::make_shared<Unread>();
    const auto read = sources.read;
    const auto add = [&](const char* path, const httplib::Server::Handler& handler) {
        http.Get(path, handler);
        http.Post(path, handler); // a form instead of a long address; it changes nothing
    };
    add("/api/v1/query",
        gated(gate, unread, [read](const Parameters& given, const httplib::Request&) {
            return answer_query(given, read, wall_now(), kQueryLimits);
        }));
    add("/api/v1/query_range",
        gated(gate, unread, [read](const Parameters& given, const httplib::Request&) {
            return answer_query_range(given, read, kQueryLimits);
        }));
    add("/api/v1/series",
        gated(gate, unread, [read](const Parameters& given, const httplib::Request&) {
            return answer_series(given, read, kQueryLimits);
        }));
    add("/api/v1/labels",
        gated(gate, unread, [read](const Parameters& given, const httplib::Request&) {
            return answer_labels(given, read);
        }));
    http.Get("/api/v1/label/([^/]+)/values",
             gated(gate, unread, [read](const Parameters& given, const httplib::Request& request) {
                 return answer_label_values(request.matches[1], given, read);
             }));
    const auto rules = std::move(sources.rules);
    http.Get("/api/v1/rules", plain([rules](const Parameters& given, const httplib::Request&) {
                 return answer_rules(given, rules());
             }));
    http.Get("/api/v1/alerts", plain([rules](const Parameters&, const httplib::Request&) {
                 return answer_alerts(rules());
             }));
    http.Get("/api/v1/metadata", plain([](const Parameters& given, const httplib::Request&) {
                 return answer_metadata(given);
             }));
    http.Get("/api/v1/status/buildinfo",
             plain([](const Parameters&, const httplib::Request&) { return answer_build_info(); }));
}

} // namespace opsmon::web
