#pragma once
// This component provides the notification settings: who is told, and where. They are read from a
// file in Alertmanager's format, of which this version reads a first slice; every other key is
// refused with its place. Webhook addresses are secrets: they never show in an error, log or
// metric.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/url.hpp"
#include "rules/template.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opsmon::notify {

// An address whose path is a password. It has no operator<< and no to_string on purpose.
class SecretUrl {
public:
    explicit SecretUrl(Url url) : url_(std::move(url)) {}
    [[nodiscard]] const Url& reveal() const { return url_; }
    friend bool operator==(const SecretUrl&, const SecretUrl&) = default;

private:
    Url url_;
};

struct SlackConfig {
    SecretUrl url;
    std::string channel; // "" : the one the webhook was made for
    std::string username;
    std::string icon_emoji;
    bool send_resolved = false;
    rules::Template title;
    rules::Template text;
    rules::Template color;
};

struct Receiver {
    std::string name;
    std::vector<SlackConfig> slack;
};

struct Settings {
    std::string receiver; // the one of the route; load_settings() makes sure that it exists
    TimestampMs repeat_interval_ms = 4 * 3600 * 1000;
    std::vector<Receiver> receivers;
};

[[nodiscard]] Result<Settings> load_settings(const std::string& path);

} // namespace opsmon::notify
