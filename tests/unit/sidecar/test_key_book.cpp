#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include <catch2/catch.hpp>

#include "config/load.hpp"
#include "config/section.hpp"
#include "config/web_file.hpp"
#include "notify/describe_settings.hpp"
#include "reference_commands.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

const config::KnownKey* find(const config::KeyBook& book, const std::string& path) {
    const auto& keys = book.keys();
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const config::KnownKey& key) { return key.path == path; });
    return found == keys.end() ? nullptr : &*found;
}

std::string example() {
    std::ifstream file(OPSMON_SOURCE_DIR "/sidecar/opsmon.example.yml");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

config::Config parsed(const std::string& yaml) {
    auto config = config::parse_config(yaml, "opsmon.yml");
    if (!config) {
        FAIL(config.error().message);
    }
    return std::move(*config);
}

// Its last lists with the entries that are commented out below them.
config::Config example_with_entries() {
    std::string yaml = example();
    yaml = yaml.substr(yaml.find("\nservices: []"));
    yaml =
        std::regex_replace(yaml, std::regex("(services|access_logs|stub_status): \\[\\]"), "$1:");
    return parsed(std::regex_replace(yaml, std::regex("\n#( {2,})"), "\n $1"));
}

} // namespace

TEST_CASE("a_describing_section_notes_what_is_asked_for_and_reads_nothing", "[config]") {
    config::KeyBook book;
    config::Faults faults("");
    auto top = config::Section::describing(book, faults);
    CHECK_FALSE(top.text("name", 128));
    CHECK_FALSE(top.duration("interval", {1s, 1h}));
    CHECK_FALSE(top.whole_number("count", 1, 50));
    CHECK_FALSE(top.boolean("enabled"));
    CHECK(top.texts("names", 10, 20).empty());
    CHECK(top.pairs("headers", 5, 30).empty());
    CHECK(top.texts_by_name("labels", 6, 31).empty());
    auto inner = top.section("inner");
    REQUIRE(inner);
    inner->describe("mode", "word", "on or off");
    CHECK_FALSE(inner->text("mode", 16));
    auto list = top.sections("list", 7);
    REQUIRE(list.size() == 1);
    CHECK_FALSE(list[0].text("key", 8));
    CHECK(list[0].sections_like_this("list", 3).empty());
    top.finish();
    CHECK(faults.empty());
    CHECK(book.to_text() ==
          "name\ttext\tat most 128 bytes\n"
          "interval\tduration\t1s to 1h\n"
          "count\twhole number\t1 to 50\n"
          "enabled\ttrue or false\t\n"
          "names\tlist of texts\tat most 10, each at most 20 bytes\n"
          "headers\ttexts by name\tat most 5, each at most 30 bytes\n"
          "labels\ttexts by name\tat most 6, each at most 31 bytes\n"
          "inner\tsection\t\n"
          "inner.mode\tword\ton or off\n"
          "list\tlist of sections\tat most 7\n"
          "list[].key\ttext\tat most 8 bytes\n"
          "list[].list\tlist of sections\tat most 3, each like the one it is in\n");
}

TEST_CASE("a_section_that_reads_is_not_described", "[config]") {
    config::Faults faults("");
    config::Section section(YAML::Load("{mode: on}"), "", faults);
    section.describe("mode", "word", "on or off");
    CHECK(section.text("mode", 16)->value == "on");
    section.describe("other", "word");
    section.finish();
    CHECK(faults.empty());
}

TEST_CASE("every_file_is_described_down_to_its_last_section", "[config]") {
    config::KeyBook own;
    config::describe_config(own);
    for (const char* path :
         {"collect.interval", "web.listen_address", "slony.remedy.forwarders[].cluster",
          "network.attack.hold", "services[].http.basic_auth.password_file",
          "services[].steps[].expect", "access_logs[].fields.uri", "stub_status[].url",
          "alerting.fallback_after"}) {
        CAPTURE(path);
        CHECK(find(own, path) != nullptr);
    }
    CHECK(find(own, "network.attack.link_percent")->limits == "1 to 100");
    CHECK(find(own, "slony.remedy.mode")->limits == "off, observe or enforce");

    config::KeyBook web;
    config::describe_web_file(web);
    CHECK_THAT(find(web, "tls_server_config.client_auth_type")->limits,
               Catch::Contains("RequireAndVerifyClientCert"));
    CHECK(find(web, "basic_auth_users") != nullptr);

    config::KeyBook notification;
    notify::describe_settings(notification);
    for (const char* path :
         {"global.slack_api_url_file", "receivers[].slack_configs[].fields[].short",
          "receivers[].slack_configs[].actions[].confirm.ok_text",
          "receivers[].webhook_configs[].http_config.authorization.credentials_file",
          "route.matchers", "route.routes", "inhibit_rules[].equal",
          "time_intervals[].time_intervals[].times[].start_time", "templates"}) {
        CAPTURE(path);
        CHECK(find(notification, path) != nullptr);
    }
    CHECK(find(notification, "route.routes[].matchers") == nullptr);
    CHECK(config_keys("web") == web.to_text());
    CHECK(config_keys("notification") == notification.to_text());
    CHECK(config_keys("opsmon") == own.to_text());
}

TEST_CASE("what_the_example_shows_are_the_defaults", "[config]") {
    const config::Config shown = parsed(example());
    const config::Config given = parsed("postgres: {conninfo: dbname=postgres}");
    CHECK(shown.listen_address.to_string() == given.listen_address.to_string());
    CHECK(shown.collect == given.collect);
    CHECK(shown.history == given.history);
    CHECK(shown.slony == given.slony);
    CHECK(shown.network == given.network);
    CHECK(shown.disk == given.disk);
    CHECK(shown.services == given.services);
    CHECK(shown.access_logs == given.access_logs);
    CHECK(shown.stub_status == given.stub_status);
    CHECK(shown.postgres->connect_timeout == given.postgres->connect_timeout);
    CHECK(shown.postgres->statement_timeout == given.postgres->statement_timeout);
    CHECK(shown.postgres->lock_timeout == given.postgres->lock_timeout);
}

TEST_CASE("what_the_example_shows_of_an_entry_are_its_defaults", "[config]") {
    const config::Config shown = example_with_entries();
    const auto& services = shown.services;
    REQUIRE(services.size() == 4);
    CHECK(services[0] ==
          parsed("services: [{name: api, url: 'http://127.0.0.1:8080/health'}]").services[0]);
    CHECK(services[2] == parsed("services: [{name: nginx, systemd: nginx.service}]").services[0]);
    CHECK(services[3] ==
          parsed("services: [{name: pooler, postgres: 'localhost:6432'}]").services[0]);
    CHECK(shown.access_logs ==
          parsed("access_logs: [{service: shop, path: /var/log/nginx/access.log}]").access_logs);
    CHECK(
        shown.stub_status ==
        parsed("stub_status: [{service: shop, url: 'http://127.0.0.1/nginx_status'}]").stub_status);
}
