#include "notify/settings.hpp"

#include "base/text.hpp"
#include "config/faults.hpp"
#include "config/secret_file.hpp"
#include "config/section.hpp"
#include "notify/default_texts.hpp"
#include "promql/duration.hpp"
#include "rules/yaml_file.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace opsmon::notify {
namespace {

using config::Faults;
using config::Section;

constexpr std::size_t kMaxReceivers = 100;
constexpr std::size_t kMaxConfigs = 20;
constexpr std::size_t kMaxTextBytes = 16 * 1024;
constexpr std::size_t kMaxNameBytes = 256;
constexpr TimestampMs kMinRepeat_ms = 1000;

class Reader {
public:
    explicit Reader(const std::string& path)
        : folder_(std::filesystem::path(path).parent_path()), faults_(path) {}

    Result<Settings> run(const YAML::Node& root) {
        Settings settings;
        Section top(root, "", faults_);
        if (auto global = top.section("global")) {
            global_url_ = url(*global, "slack_api_url", "slack_api_url_file");
            global->finish();
        }
        auto route = top.section("route");
        auto receivers = top.sections("receivers", kMaxReceivers);
        for (auto& receiver : receivers) {
            read_receiver(receiver, settings);
        }
        if (route) {
            read_route(*route, settings);
        } else {
            faults_.add(1, "route", "is missing; it names the receiver: route: {receiver: NAME}");
        }
        top.finish();
        if (!faults_.empty()) {
            return faults_.to_error();
        }
        return settings;
    }

private:
    void read_route(Section& section, Settings& settings) {
        if (const auto name = section.text("receiver", kMaxNameBytes)) {
            settings.receiver = name->value;
            if (!names_.contains(name->value)) {
                faults_.add(name->line, section.key_path("receiver"),
                            "there is no receiver \"" + config::shown(name->value) +
                                "\" under receivers");
            }
        } else {
            faults_.add(section.line(), section.key_path("receiver"), "is needed");
        }
        if (const auto text = section.text("repeat_interval", 64)) {
            const auto duration_ms = promql::parse_duration_ms(text->value);
            if (!duration_ms || *duration_ms < kMinRepeat_ms) {
                faults_.add(text->line, section.key_path("repeat_interval"),
                            !duration_ms ? duration_ms.error().message : "must be 1s or more");
            } else {
                settings.repeat_interval_ms = *duration_ms;
            }
        }
        section.finish();
    }

    void read_receiver(Section& section, Settings& settings) {
        Receiver receiver;
        if (const auto name = section.text("name", kMaxNameBytes)) {
            receiver.name = name->value;
            if (!names_.insert(name->value).second) {
                faults_.add(name->line, section.key_path("name"),
                            "the receiver \"" + name->value + "\" exists twice");
            }
        } else {
            faults_.add(section.line(), section.key_path("name"), "is needed");
        }
        for (auto& slack : section.sections("slack_configs", kMaxConfigs)) {
            read_slack(slack, receiver);
        }
        section.finish();
        settings.receivers.push_back(std::move(receiver));
    }

    void read_slack(Section& section, Receiver& receiver) {
        auto address = url(section, "api_url", "api_url_file");
        const auto channel = plain(section, "channel");
        const auto username = plain(section, "username");
        const auto icon_emoji = plain(section, "icon_emoji");
        const bool send_resolved = boolean(section, "send_resolved");
        auto title = text(section, "title", kDefaultTitle);
        auto body = text(section, "text", kDefaultText);
        auto color = text(section, "color", kDefaultColor);
        section.finish();
        if (!address && !given_) {
            address = global_url_;
            if (!global_given_) {
                faults_.add(section.line(), section.key_path("api_url"),
                            "no webhook: give api_url or api_url_file here, or slack_api_url or "
                            "slack_api_url_file under global");
            }
        }
        if (address && title && body && color) {
            receiver.slack.push_back({std::move(*address), channel, username, icon_emoji,
                                      send_resolved, std::move(*title), std::move(*body),
                                      std::move(*color)});
        }
    }

    // The address, from the key or from the file. What is wrong is said without the address.
    std::optional<SecretUrl> url(Section& section, const char* key, const char* file_key) {
        const auto inline_text = section.text(key, 4096);
        const auto file = section.text(file_key, 4096);
        given_ = inline_text || file;
        global_given_ = global_given_ || (given_ && std::string_view(key) == "slack_api_url");
        if (inline_text && file) {
            faults_.add(file->line, section.key_path(file_key),
                        std::string("at most one of ") + key + " and " + file_key +
                            " can be given");
            return std::nullopt;
        }
        if (!given_) {
            return std::nullopt;
        }
        const auto where = section.key_path(inline_text ? key : file_key);
        const int line = inline_text ? inline_text->line : file->line;
        if (file && file->value.find("://") != std::string::npos) {
            faults_.add(line, where,
                        std::string("holds an address (not shown: it is a secret) where the name "
                                    "of a file belongs; an address is given as ") +
                            key);
            return std::nullopt;
        }
        auto content = inline_text ? Result<std::string>(inline_text->value)
                                   : config::read_secret_file((folder_ / file->value).string(),
                                                              4096, "the file this key names");
        if (!content) {
            faults_.add(line, where, content.error().message);
            return std::nullopt;
        }
        auto parsed = parse_url(trim(*content));
        if (!parsed) {
            faults_.add(line, where,
                        "is not a webhook address (not shown: it is a secret): " +
                            parsed.error().message);
            return std::nullopt;
        }
        return SecretUrl(std::move(*parsed));
    }

    static std::string plain(Section& section, const char* key) {
        const auto given = section.text(key, kMaxNameBytes);
        return given ? given->value : std::string();
    }

    bool boolean(Section& section, const char* key) {
        const auto given = section.text(key, 16);
        if (given && given->value != "true" && given->value != "false") {
            faults_.add(given->line, section.key_path(key), "must be true or false");
        }
        return given && given->value == "true";
    }

    std::optional<rules::Template> text(Section& section, const char* key,
                                        std::string_view otherwise) {
        const auto given = section.text(key, kMaxTextBytes);
        auto parsed = rules::Template::parse(given ? std::string_view(given->value) : otherwise,
                                             rules::TemplateDialect::Notification);
        if (!parsed) {
            faults_.add(given ? given->line : section.line(), section.key_path(key),
                        parsed.error().message);
            return std::nullopt;
        }
        return std::move(*parsed);
    }

    std::filesystem::path folder_; // files are named relative to the file that names them
    Faults faults_;
    std::optional<SecretUrl> global_url_;
    bool global_given_ = false; // also when it was faulty: one fault is enough
    bool given_ = false;        // by the last call of url()
    std::set<std::string> names_;
};

} // namespace

Result<Settings> load_settings(const std::string& path) {
    auto root = rules::load_yaml_file(path);
    if (!root) {
        return root.error();
    }
    return Reader(path).run(*root);
}

} // namespace opsmon::notify
