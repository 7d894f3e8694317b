#include "notify/settings.hpp"

#include "base/text.hpp"
#include "notify/default_texts.hpp"
#include "notify/describe_settings.hpp"
#include "notify/settings/reader.hpp"
#include "rules/yaml_file.hpp"

#include <algorithm>

#include <glob.h>

namespace opsmon::notify {
namespace {

using config::Section;

constexpr std::size_t kMaxTemplateFileBytes = 256 * 1024;
constexpr std::size_t kMaxTemplateFiles = 200;

// Of kinds of receivers that this version has not: harmless, as no receiver can use them.
constexpr const char* kOthersGlobals[] = {
    "smtp_from",          "smtp_hello",        "smtp_smarthost",          "smtp_auth_username",
    "smtp_auth_password", "smtp_auth_secret",  "smtp_auth_password_file", "smtp_auth_identity",
    "smtp_require_tls",   "pagerduty_url",     "opsgenie_api_url",        "opsgenie_api_key",
    "wechat_api_url",     "wechat_api_secret", "wechat_api_corp_id",      "opsgenie_api_key_file",
    "victorops_api_url",  "victorops_api_key", "victorops_api_key_file",  "telegram_api_url",
    "webex_api_url"};

std::vector<std::string> files_of(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> out;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    return out;
}

void read_inhibit_rules(Reading& reading, Section& top, Settings& settings) {
    for (auto& rule : top.sections("inhibit_rules", kMaxReceivers)) {
        InhibitRule out;
        out.source =
            read_matchers(reading, rule, "source_match", "source_match_re", "source_matchers");
        out.target =
            read_matchers(reading, rule, "target_match", "target_match_re", "target_matchers");
        for (const auto& label : rule.texts("equal", kMaxListEntries, kMaxNameBytes)) {
            if (!is_label_name(label.value)) {
                reading.fault(rule, "equal", label.line,
                              "\"" + config::shown(label.value) + "\" is not the name of a label");
            }
            out.equal.push_back(label.value);
        }
        rule.finish();
        settings.inhibit_rules.push_back(std::move(out));
    }
}

} // namespace

void read_templates(Reading& reading, Section& top) {
    if (auto known = rules::add_definitions(kKnownTemplates, reading.definitions); !known) {
        reading.faults.add(1, "", known.error().message);
    }
    std::size_t count = 0;
    for (const auto& pattern : top.texts("templates", kMaxListEntries, 4096)) {
        for (const auto& file : files_of((reading.folder / pattern.value).string())) {
            auto text = read_file(file, kMaxTemplateFileBytes);
            auto added = !text ? Result<void>(text.error())
                         : ++count > kMaxTemplateFiles
                             ? Error{"there are too many files"}
                             : rules::add_definitions(*text, reading.definitions);
            if (!added) {
                reading.fault(top, "templates", pattern.line, file + ": " + added.error().message);
            }
        }
    }
    if (auto checked = rules::check_definitions(reading.definitions); !checked) {
        reading.faults.add(top.line(), "templates", checked.error().message);
    }
}

void read_global(Reading& reading, Section& section, Settings& settings) {
    read_duration(reading, section, "resolve_timeout", 0, settings.resolve_timeout_ms);
    const auto slack = read_url(reading, section, "slack_api_url", "slack_api_url_file");
    reading.slack_url = slack.url;
    reading.slack_url_given = slack.given;
    if (auto http = section.section("http_config")) {
        reading.http = read_http_config(reading, *http);
    }
    for (const auto* key : kOthersGlobals) {
        (void)section.line_of_key(key);
    }
    section.finish();
}

bool Settings::has_receiver(const std::string& name) const {
    return std::any_of(receivers.begin(), receivers.end(),
                       [&](const Receiver& one) { return one.name == name; });
}

Settings alertmanager_settings(const std::vector<Url>& addresses) {
    constexpr const char* kName = "alertmanagers";
    Receiver receiver{kName};
    for (auto url : addresses) {
        const auto place = HostPort{url.host, url.port}.to_string();
        while (url.path.ends_with('/')) {
            url.path.pop_back();
        }
        url.path += "/api/v2/alerts";
        receiver.alertmanagers.push_back({SecretUrl(std::move(url)), place});
    }
    Settings out;
    out.receivers.push_back(std::move(receiver));
    auto& options = out.route.options; // one group of all alerts
    options.receiver = kName;
    options.group_wait_ms = 0;
    options.group_interval_ms = 1000;
    options.repeat_interval_ms = 60'000; // Prometheus' resend delay
    return out;
}

namespace {

Settings read_all(Reading& reading, Section top) {
    Settings settings;
    top.be_lenient();
    if (auto global = top.section("global")) {
        read_global(reading, *global, settings);
    }
    read_templates(reading, top);
    for (auto& receiver : top.sections("receivers", kMaxReceivers)) {
        settings.receivers.push_back(read_receiver(reading, receiver));
    }
    read_time_intervals(reading, top, settings);
    read_inhibit_rules(reading, top, settings);
    if (auto route = top.section("route")) {
        read_route(reading, *route, settings.route);
    } else {
        reading.faults.add(1, "route",
                           "is missing; it names the receiver: route: {receiver: NAME}");
    }
    top.finish();
    return settings;
}

Result<Settings> read_settings_of(const YAML::Node& root, const std::string& path) {
    Reading reading(path);
    Settings settings = read_all(reading, Section(root, "", reading.faults));
    if (!reading.faults.empty()) {
        return reading.faults.to_error();
    }
    return settings;
}

} // namespace

void describe_settings(config::KeyBook& book) {
    Reading reading("");
    (void)read_all(reading, Section::describing(book, reading.faults));
}

Result<Settings> load_settings(const std::string& path) {
    auto root = rules::load_yaml_file(path);
    return root ? read_settings_of(*root, path) : root.error();
}

Result<Settings> read_settings(const std::string& path, const std::string& text) {
    auto root = rules::read_yaml(path, text);
    return root ? read_settings_of(*root, path) : root.error();
}

} // namespace opsmon::notify
