#include "web/alertmanager_api.hpp"

#include <iterator>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "base/rfc3339.hpp"
#include "web/alertmanager_json.hpp"
#include "web/request_parameters.hpp"

namespace opsmon::web {
namespace {

using nlohmann::json;

constexpr const char* kJsonType = "application/json";
constexpr std::size_t kMaxFilters = 50;

// Alertmanager's errors are one JSON text.
void refuse(httplib::Response& response, int status, const std::string& why) {
    response.status = status;
    response.set_content(json(why).dump(-1, ' ', false, json::error_handler_t::replace) + "\n",
                         kJsonType);
}

void answer(httplib::Response& response, std::string text) {
    response.set_content(std::move(text), kJsonType);
}

Result<notify::Matchers> read_filters(const httplib::Request& request) {
    notify::Matchers out;
    const auto parameters = request_parameters(request);
    if (!parameters) {
        return parameters.error();
    }
    const auto [begin, end] = parameters->equal_range("filter");
    if (static_cast<std::size_t>(std::distance(begin, end)) > kMaxFilters) {
        return Error{"there are more than " + std::to_string(kMaxFilters) + " filters"};
    }
    for (auto given = begin; given != end; ++given) {
        auto matchers = notify::parse_matchers(given->second);
        if (!matchers) {
            return matchers.error().with_prefix("filter");
        }
        out.insert(out.end(), matchers->begin(), matchers->end());
    }
    return out;
}

Result<AlertSelection> read_selection(const httplib::Request& request) {
    AlertSelection out;
    auto filters = read_filters(request);
    if (!filters) {
        return filters.error();
    }
    out.matchers = std::move(*filters);
    out.receiver = request.get_param_value("receiver");
    const std::pair<const char*, bool*> switches[] = {{"active", &out.active},
                                                      {"silenced", &out.silenced},
                                                      {"inhibited", &out.inhibited},
                                                      {"unprocessed", &out.unprocessed}};
    for (const auto& [name, value] : switches) {
        if (!request.has_param(name)) {
            continue;
        }
        const std::string given = request.get_param_value(name);
        if (given != "true" && given != "false") {
            return Error{std::string(name) + " is neither true nor false"};
        }
        *value = given == "true";
    }
    return out;
}

void get_alerts(notify::Notifier& notifier, const httplib::Request& request,
                httplib::Response& response) {
    const auto selection = read_selection(request);
    if (!selection) {
        return refuse(response, 400, selection.error().message);
    }
    auto text = write_alerts(notifier.alerts(), *selection, wall_now());
    if (!text) {
        return refuse(response, 400, text.error().message);
    }
    answer(response, std::move(*text));
}

void get_silences(notify::Notifier& notifier, const httplib::Request& request,
                  httplib::Response& response) {
    const auto filters = read_filters(request);
    if (!filters) {
        return refuse(response, 400, filters.error().message);
    }
    answer(response, write_silences(notifier.silences(), *filters, wall_now()));
}

std::optional<notify::Silence> find_silence(const notify::Notifier& notifier,
                                            const std::string& id) {
    for (notify::Silence& silence : notifier.silences()) {
        if (silence.id == id) {
            return std::move(silence);
        }
    }
    return std::nullopt;
}

// What lies with the store is no fault of the request; yet of a POST amtool shows no text but that
// of 400 and 404, as Alertmanager's specification has it, and Alertmanager answers so itself.
constexpr int kPostFails = 400;
constexpr int kFails = 500;

void refuse_unknown(const notify::Notifier& notifier, httplib::Response& response, int fails) {
    if (notifier.silences_known()) {
        return refuse(response, 404, "there is no silence with this id");
    }
    refuse(response, fails,
           "the silences of before the restart are not known yet, because the store cannot be "
           "read; try again once opsmon_store_up is 1");
}

// A page of another origin can send a form or a text without asking, but no JSON.
bool is_json(const httplib::Request& request) {
    return request.get_header_value("Content-Type").starts_with(kJsonType);
}

void post_silence(notify::Notifier& notifier, const httplib::Request& request,
                  httplib::Response& response) {
    if (!is_json(request)) {
        return refuse(response, 415, "a silence is sent as application/json");
    }
    auto silence = parse_silence(request.body);
    if (!silence) {
        return refuse(response, 400, silence.error().message);
    }
    if (!silence->id.empty() && !find_silence(notifier, silence->id)) {
        return refuse_unknown(notifier, response, kPostFails);
    }
    const auto created = notifier.create_silence(std::move(*silence));
    if (!created) {
        return refuse(response, kPostFails, created.error().message);
    }
    if (!created->kept) {
        response.set_header("Warning", "199 opsmon-sidecar \"the silence holds, but is not in the "
                                       "store yet: a restart before it is would end it\"");
    }
    answer(response, json{{"silenceID", created->id}}.dump() + "\n");
}

void get_silence(notify::Notifier& notifier, const httplib::Request& request,
                 httplib::Response& response) {
    const auto silence = find_silence(notifier, request.matches[1]);
    if (!silence) {
        return refuse_unknown(notifier, response, kFails);
    }
    answer(response, write_silence(*silence, wall_now()));
}

void delete_silence(notify::Notifier& notifier, const httplib::Request& request,
                    httplib::Response& response) {
    const std::string id = request.matches[1];
    if (!find_silence(notifier, id)) {
        return refuse_unknown(notifier, response, kFails);
    }
    if (const auto expired = notifier.expire_silence(id); !expired) {
        return refuse(response, expired.error().retryable ? kFails : 400, expired.error().message);
    }
}

void get_receivers(notify::Notifier& notifier, const httplib::Request&,
                   httplib::Response& response) {
    answer(response, write_receivers(notifier.receivers()));
}

std::string write_status(TimestampMs started_at) {
    return json{{"cluster", {{"status", "disabled"}, {"peers", json::array()}}},
                {"config",
                 {{"original",
                   "# This is opsmon-sidecar. Its notification settings stand in the file that\n"
                   "# alerting.notification_file names; they hold secrets and are not shown.\n"}}},
                {"uptime", format_rfc3339(started_at)},
                {"versionInfo", // of what answers like this: amtool compares it with its own
                 {{"version", "0.25.0"},
                  {"branch", ""},
                  {"buildDate", ""},
                  {"buildUser", ""},
                  {"goVersion", ""},
                  {"revision", "opsmon-sidecar " OPSMON_VERSION}}}}
               .dump() +
           "\n";
}

} // namespace

void add_alertmanager_routes(Routes& routes, NotifierSource notifier) {
    const auto with_notifier = [notifier = std::move(notifier)](auto run) {
        return [notifier, run](const httplib::Request& request, httplib::Response& response) {
            if (const auto present = notifier ? notifier() : nullptr) {
                run(*present, request, response);
            } else {
                refuse(response, 503,
                       "no notifications are configured; set alerting.notification_file");
            }
        };
    };
    routes.get("/api/v2/alerts", with_notifier(get_alerts));
    routes.get("/api/v2/receivers", with_notifier(get_receivers));
    routes.get("/api/v2/silences", with_notifier(get_silences));
    routes.post("/api/v2/silences", with_notifier(post_silence));
    routes.get("/api/v2/silence/([^/]+)", with_notifier(get_silence));
    routes.remove("/api/v2/silence/([^/]+)", with_notifier(delete_silence));
    routes.get("/api/v2/status", [text = write_status(wall_now())](const httplib::Request&,
                                                                   httplib::Response& response) {
        answer(response, text);
    });
    routes.post("/api/v2/alerts", [](const httplib::Request&, httplib::Response& response) {
        refuse(response, 501,
               "alerts come from the rules of opsmon-sidecar alone; send yours to a real "
               "Alertmanager, which the sidecar can use as well");
    });
    const auto unknown = [](const httplib::Request&, httplib::Response& response) {
        refuse(response, 404,
               "this part of Alertmanager's API is not served here; alerts, silences, receivers "
               "and status are");
    };
    routes.get_others("/api/v2/.*", unknown);
    routes.post_others("/api/v2/.*", unknown);
}

} // namespace opsmon::web
