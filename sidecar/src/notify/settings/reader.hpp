#pragma once
// This component provides what the parts of the notification file's reader share: the faults found
// so far, the templates that are known, and small readers of values. Only the files of this folder
// use it.

#include "config/faults.hpp"
#include "config/section.hpp"
#include "notify/settings.hpp"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace opsmon::notify {

inline constexpr std::size_t kMaxReceivers = 1000;
inline constexpr std::size_t kMaxConfigs = 20;
inline constexpr std::size_t kMaxRoutes = 2000;
inline constexpr std::size_t kMaxRouteDepth = 20;
inline constexpr std::size_t kMaxListEntries = 200;
inline constexpr std::size_t kMaxTextBytes = 16 * 1024;
inline constexpr std::size_t kMaxNameBytes = 256;

// Of http_config.
struct HttpConfig {
    SecretHeader authorization = {};
    bool follow_redirects = true;
};

// What is known while the file is read.
struct Reading {
    explicit Reading(const std::string& path)
        : folder(std::filesystem::path(path).parent_path()), faults(path) {}

    std::filesystem::path folder; // files are named relative to the file that names them
    config::Faults faults;
    rules::TemplateDefinitions definitions; // of `templates`
    std::optional<SecretUrl> slack_url;     // of `global`
    bool slack_url_given = false;           // also when it was faulty: one fault is enough
    HttpConfig http;                        // of `global`
    std::set<std::string> receivers;
    std::set<std::string> time_intervals;

    // At the line of a key that was read.
    void fault(const config::Section& section, const char* key, int line, const std::string& what) {
        faults.add(line, section.key_path(key), what);
    }
};

// true, True, yes, on and their opposites, unquoted, as YAML has them.
std::optional<bool> read_boolean(Reading& reading, config::Section& section, const char* key);

// 1h30m; `min_ms` says from where on it makes sense.
void read_duration(Reading& reading, config::Section& section, const char* key, TimestampMs min_ms,
                   TimestampMs& into);

std::string read_name(config::Section& section, const char* key);

// A list of texts.
std::vector<std::string> read_names(config::Section& section, const char* key);

struct UrlGiven {
    bool given = false; // also when it is faulty
    std::optional<SecretUrl> url;
};

// The address, from the key or from the file of the other key. What is wrong is said without it.
// `file_key` may be null.
UrlGiven read_url(Reading& reading, config::Section& section, const char* key,
                  const char* file_key);

// http_config, as far as this version can do what it asks for.
HttpConfig read_http_config(Reading& reading, config::Section& section);

// The Authorization of a client: basic_auth, authorization, bearer_token and their files.
SecretHeader read_authorization(Reading& reading, config::Section& section);

// match, match_re and matchers under these keys.
Matchers read_matchers(Reading& reading, config::Section& section, const char* match,
                       const char* match_re, const char* matchers);

void read_templates(Reading& reading, config::Section& top);
void read_global(Reading& reading, config::Section& section, Settings& settings);
Receiver read_receiver(Reading& reading, config::Section& section);
std::optional<SlackConfig> read_slack(Reading& reading, config::Section& section);
void read_time_intervals(Reading& reading, config::Section& top, Settings& settings);
void read_route(Reading& reading, config::Section& section, Route& route);

} // namespace opsmon::notify
