#pragma once
// This component provides the notification settings: who is told what, when and where, as a file
// of Alertmanager 0.25 says it. load_settings() reads it whole; what this version cannot do, and
// every key that does not exist, is refused with its place. Addresses and passwords are secrets:
// they never show in an error, log or metric.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/url.hpp"
#include "notify/matchers.hpp"
#include "notify/secrets.hpp"
#include "notify/time_interval.hpp"
#include "rules/template.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opsmon::notify {

struct SlackField {
    rules::Template title;
    rules::Template value;
    std::optional<bool> is_short; // nothing: as short_fields says
};

struct SlackAction {
    std::vector<std::pair<std::string, rules::Template>>
        texts; // type, text, url, style, name, value
    std::vector<std::pair<std::string, rules::Template>> confirm; // text, title, ok_text, …
};

struct SlackConfig {
    SecretUrl url;
    SecretHeader authorization = {};
    bool send_resolved = false;
    // By Alertmanager's names; a key that is absent here is not sent. `title`, `text`, `color` and
    // `fallback` are always there.
    std::map<std::string, rules::Template> texts = {};
    std::optional<std::vector<SlackField>> fields = {}; // nothing: the labels
    std::vector<SlackAction> actions = {};
    std::vector<std::string> mrkdwn_in = {};
    bool short_fields = false;
    bool link_names = false;
    bool follow_redirects = true;
    bool mentions_here = false; // its texts are ours: a critical alert that is new says @here

    // The address is that of chat.postMessage: a bot's message can be edited and has a thread.
    [[nodiscard]] static bool is_bot(const SecretUrl& address) {
        return address.reveal().path.ends_with(kPostMessage);
    }
    static constexpr std::string_view kPostMessage = "/api/chat.postMessage";
    static constexpr std::string_view kUpdate = "/api/chat.update"; // beside it
};

struct WebhookConfig {
    SecretUrl url;
    SecretHeader authorization = {};
    bool send_resolved = true;
    std::size_t max_alerts = 0; // 0: all
    bool follow_redirects = true;
};

// A real Alertmanager, which is given every alert and does the rest itself.
struct AlertmanagerConfig {
    SecretUrl url;     // of POST /api/v2/alerts
    std::string place; // host:port, for people
    static constexpr bool send_resolved = true;
    static constexpr bool follow_redirects = true; // as Prometheus does
};

struct Receiver {
    std::string name;
    std::vector<SlackConfig> slack = {};
    std::vector<WebhookConfig> webhooks = {};
    std::vector<AlertmanagerConfig> alertmanagers = {}; // never of a file
};

// As a route gives them; what it does not give is its parent's.
struct RouteOptions {
    std::string receiver;
    bool group_by_all = false;
    std::vector<std::string> group_by; // sorted
    TimestampMs group_wait_ms = 1000;
    TimestampMs group_interval_ms = 10'000;
    TimestampMs repeat_interval_ms = 4 * 3600 * 1000;
    std::vector<std::string> mute_time_intervals;
    std::vector<std::string> active_time_intervals;
};

struct Route {
    RouteOptions options;
    Matchers matchers;
    bool proceeds = false; // `continue`: the routes behind it are asked too
    std::vector<Route> routes;
};

struct InhibitRule {
    Matchers source;
    Matchers target;
    std::vector<std::string> equal;
};

// Who is told instead while another receiver cannot be. Of opsmon.yml, never of the file.
struct Fallback {
    std::string receiver;                 // exists
    TimestampMs after_ms = 2 * 60 * 1000; // of attempts that fail; what is refused goes at once
};

struct Settings {
    Route route; // every receiver and time interval it names exists
    std::vector<InhibitRule> inhibit_rules;
    std::map<std::string, std::vector<TimeInterval>> time_intervals;
    std::vector<Receiver> receivers;
    TimestampMs resolve_timeout_ms = 5 * 60 * 1000;
    std::optional<Fallback> fallback = {};
    std::string external_url = {}; // of this installation, without a / at its end

    [[nodiscard]] bool has_receiver(const std::string& name) const;
};

[[nodiscard]] Result<Settings> load_settings(const std::string& path);
// The same of a text; faults, and files that it names, are relative to `path`.
[[nodiscard]] Result<Settings> read_settings(const std::string& path, const std::string& text);

// Instead of a file: all alerts go to all of these, at once and again every minute. A path in an
// address is what stands before /api/v2.
[[nodiscard]] Settings alertmanager_settings(const std::vector<Url>& addresses);

} // namespace opsmon::notify
