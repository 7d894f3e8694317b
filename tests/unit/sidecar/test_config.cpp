#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "config/load.hpp"
#include "support/yaml_library.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

std::string faults_of(const std::string& yaml) {
    const auto config = config::parse_config(yaml, "conf/opsmon.yml");
    return config ? "" : config.error().message;
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string write_file(const std::string& name, const std::string& content, mode_t mode) {
    const std::string path =
        (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
    std::ofstream(path) << content;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
}

} // namespace

TEST_CASE("an_empty_file_means_the_defaults") {
    const auto config = config::parse_config("", "opsmon.yml");
    REQUIRE(config);
    CHECK(config->listen_address.to_string() == "127.0.0.1:9788");
    CHECK(config->collect.interval == 5s);
    CHECK(config->collect.timeout == 4s);
    CHECK_FALSE(config->postgres);
    CHECK(config->services.empty());
}

TEST_CASE("reads_every_key") {
    const auto config = config::parse_config(R"(
web: {listen_address: "[::1]:9000"}
collect: {interval: 10s, timeout: 8s}
postgres:
  conninfo: host=/run/postgresql dbname=app user=opsmon
  connect_timeout: 1s
  statement_timeout: 500ms
  lock_timeout: 20ms
network:
  public_interfaces: [eth0]
  private_interfaces: ["eth*"]
  ignored_interfaces: [lo]
disk: {ignored_mount_points: ["/mnt/*"]}
services:
  - {name: api, url: "http://127.0.0.1:8080/health", timeout: 1s, interval: 2s}
  - {name: web, url: "https://web.example/"}
alerting:
  rule_files: [rules/a.yml, /etc/b.yml]
  notification_file: notify.yml
)",
                                             "conf/opsmon.yml");
    REQUIRE(config);
    CHECK(config->listen_address.host == "::1");
    CHECK(config->collect.timeout == 8s);
    REQUIRE(config->postgres);
    CHECK(config->postgres->conninfo == "host=/run/postgresql dbname=app user=opsmon");
    CHECK(config->postgres->connect_timeout == 1s);
    CHECK(config->postgres->statement_timeout == 500ms);
    CHECK(config->postgres->lock_timeout == 20ms);
    CHECK(config->network.public_interfaces == std::vector<std::string>{"eth0"});
    CHECK(config->network.private_interfaces == std::vector<std::string>{"eth*"});
    CHECK(config->network.ignored_interfaces == std::vector<std::string>{"lo"});
    CHECK(config->disk.ignored_mount_points == std::vector<std::string>{"/mnt/*"});
    REQUIRE(config->services.size() == 2);
    CHECK(config->services[0].interval == 2s);
    CHECK(config->services[1].timeout == 2s);
    CHECK(config->services[1].interval == 10s);
    CHECK(config->alerting.rule_files ==
          std::vector<std::string>{"conf/rules/a.yml", "/etc/b.yml"});
    CHECK(config->alerting.notification_file == "conf/notify.yml");
}

TEST_CASE("defaults_follow_a_shorter_interval") {
    const auto config = config::parse_config("{collect: {interval: 1s}, postgres: {conninfo: "
                                             "host=x}, services: [{name: a, url: 'http://a'}]}",
                                             "opsmon.yml");
    REQUIRE(config);
    CHECK(config->collect.timeout == 800ms);
    CHECK(config->postgres->connect_timeout == 800ms);
    CHECK(config->postgres->statement_timeout == 400ms);
    CHECK(config->services[0].timeout == 1s);
}

TEST_CASE("reports_all_faults_at_once_with_file_line_and_key") {
    const std::string faults = faults_of("web:\n"
                                         "  listen_address: nowhere\n"
                                         "  port: 1\n"
                                         "collect:\n"
                                         "  interval: 5\n"
                                         "collect:\n"
                                         "  interval: 1s\n"
                                         "services:\n"
                                         "  - name: api\n"
                                         "    url: ftp://x\n"
                                         "  - url: http://x\n"
                                         "surprise: 1\n");
    CAPTURE(faults);
    CHECK(says(faults, "conf/opsmon.yml:2: web.listen_address: "));
    CHECK(says(faults, "conf/opsmon.yml:3: web.port: is not a key here; known are: "
                       "listen_address"));
    CHECK(says(faults, "conf/opsmon.yml:5: collect.interval: '5' is not a duration"));
    CHECK(says(faults, "conf/opsmon.yml:6: collect: is given twice; the first stands in line 4"));
    CHECK(says(faults, "conf/opsmon.yml:10: services[0].url: "));
    CHECK(says(faults, "conf/opsmon.yml:11: services[1]: needs a name"));
    CHECK(says(faults, "conf/opsmon.yml:12: surprise: is not a key here"));
}

TEST_CASE("text_that_is_not_yaml_is_a_fault_with_its_line") {
    CHECK(says(faults_of("web:\n  listen_address: \"x\n"), "conf/opsmon.yml:"));
    CHECK(says(faults_of("a: [1\nb: }"), "not valid YAML"));
    CHECK(says(faults_of("just a word"), "must be a mapping"));
    CHECK(says(faults_of("- a\n- b"), "must be a mapping"));
    CHECK(says(faults_of(std::string(5000, '[')), "not valid YAML"));
}

TEST_CASE("values_of_a_wrong_kind_are_faults") {
    CHECK(says(faults_of("web: 5"), "web: must be a mapping"));
    CHECK(says(faults_of("web:"), "web: is empty"));
    CHECK(says(faults_of("services: {a: b}"), "services: must be a list"));
    CHECK(says(faults_of("services: [a]"), "services[0]: must be a mapping"));
    CHECK(says(faults_of("disk: {ignored_mount_points: /mnt}"), "must be a list"));
    CHECK(says(faults_of("disk: {ignored_mount_points: [[a]]}"), "ignored_mount_points[0]"));
    CHECK(says(faults_of("? [a]\n: b"), "a key must be a plain word"));
}

TEST_CASE("values_out_of_range_are_faults_that_say_the_range") {
    CHECK(says(faults_of("collect: {interval: 10ms}"), "from 1s to 1h is allowed"));
    CHECK(says(faults_of("collect: {interval: 5s, timeout: 5s}"),
               "collect.timeout: must be less than collect.interval, which is 5s"));
    CHECK(says(faults_of("{collect: {timeout: 1s}, postgres: {statement_timeout: 1s}}"),
               "postgres.statement_timeout: must be less than collect.timeout, which is 1s"));
    CHECK(says(faults_of("{collect: {timeout: 1s}, postgres: {connect_timeout: 2s}}"),
               "postgres.connect_timeout: must not be more than collect.timeout"));
    CHECK(says(faults_of("services: [{name: a, url: 'http://a', timeout: 3s, interval: 2s}]"),
               "services[0].timeout: must not be more than"));
}

TEST_CASE("there_are_limits_on_numbers_and_sizes") {
    std::string services = "services:\n";
    for (int i = 0; i < 101; ++i) {
        services += "  - {name: s" + std::to_string(i) + ", url: 'http://a'}\n";
    }
    CHECK(says(faults_of(services), "services: has more than 100 entries"));
    CHECK(says(faults_of("services: [{name: " + std::string(129, 'x') + ", url: 'http://a'}]"),
               "services[0].name: is longer than 128 bytes"));
    std::string unknown;
    for (int i = 0; i < 80; ++i) {
        unknown += "k" + std::to_string(i) + ": 1\n";
    }
    CHECK(says(faults_of(unknown), "and 30 more"));
}

TEST_CASE("a_file_beyond_the_size_limit_is_refused") {
    const std::string path = write_file("opsmon-big", std::string((1 << 20) + 1, '#'), 0600);
    const auto config = config::load_config(path);
    std::filesystem::remove(path);
    REQUIRE_FALSE(config);
    CHECK(says(config.error().message, "larger than the limit"));
}

TEST_CASE("two_services_must_not_share_a_name") {
    CHECK(says(faults_of("services: [{name: a, url: 'http://a'}, {name: a, url: 'http://b'}]"),
               "services[1].name: 'a' is used twice"));
}

TEST_CASE("a_password_in_the_connection_string_is_refused_and_never_repeated") {
    for (const char* conninfo :
         {"host=x password=hunter2", "postgresql://u:hunter2@x/db", "host=x password=hun hunter2",
          "postgresql://u:hunter2@[x/db", "host=x sslpassword=hunter2", "user=opsmon hunter2",
          "user=opsmon hunter2=x", "hunter2"}) {
        const std::string faults =
            faults_of(std::string("postgres: {conninfo: '") + conninfo + "'}");
        CAPTURE(faults);
        CHECK(says(faults, "postgres.conninfo: "));
        CHECK_FALSE(says(faults, "hunter2"));
    }
    CHECK(says(faults_of("postgres: {conninfo: 'host=x password=hunter2'}"),
               "postgres.password_file"));
}

TEST_CASE("a_text_in_which_the_library_finds_documents_without_end_is_refused") {
    const std::string faults = faults_of(",a");
    CAPTURE(faults);
    CHECK(
        says(faults, test::yaml_library_refuses(",a") ? "cannot start with" : "a second document"));
    CHECK(says(faults_of("collect: {}\n---\nweb: {}"), ":2: "));
    CHECK(faults_of("").empty());
}

TEST_CASE("a_connection_string_with_an_unknown_keyword_is_a_fault") {
    CHECK(says(faults_of("postgres: {conninfo: 'user=hots hots=x'}"),
               "is not a libpq connection string from byte 11 on"));
}

TEST_CASE("the_password_file_must_exist_and_be_private") {
    CHECK(says(faults_of("postgres: {password_file: /does/not/exist}"),
               "postgres.password_file: cannot open the file that postgres.password_file names: "
               "No such file or directory"));
    const std::string open_file = write_file("opsmon-open", "secret\n", 0644);
    CHECK(says(faults_of("postgres: {password_file: " + open_file + "}"), "chmod o-rwx"));
    std::filesystem::remove(open_file);
    const std::string empty_file = write_file("opsmon-empty", "\nsecret\n", 0600);
    CHECK(says(faults_of("postgres: {password_file: " + empty_file + "}"), "empty first line"));
    std::filesystem::remove(empty_file);
    const std::string good_file = write_file("opsmon-good", "secret\n", 0600);
    CHECK(faults_of("postgres: {password_file: " + good_file + "}").empty());
    std::filesystem::remove(good_file);
}

TEST_CASE("a_password_under_the_key_of_its_file_is_never_repeated") {
    for (const char* value : {"hunter2secret", "https://x/hunter2secret"}) {
        const auto faults = faults_of(std::string("postgres: {password_file: '") + value + "'}");
        CAPTURE(faults);
        CHECK(says(faults, ":1: postgres.password_file: cannot open the file"));
        CHECK_FALSE(says(faults, "hunter2secret"));
    }
}

TEST_CASE("a_secret_in_the_place_of_a_key_or_a_duration_is_not_repeated") {
    for (const char* yaml :
         {"postgres: {password:HUNTER2}", "https://h/services/HUNTER2: 1",
          "collect: {interval: 'https://h/HUNTER2'}", "postgres: {connect_timeout: 'x HUNTER2'}"}) {
        CAPTURE(yaml);
        const auto config = config::parse_config(yaml, "opsmon.yml");
        REQUIRE_FALSE(config);
        CHECK(config.error().message.find("HUNTER2") == std::string::npos);
        CHECK(config.error().message.find("opsmon.yml:1") != std::string::npos);
    }
}

TEST_CASE("the_history_has_a_window_an_interval_and_a_limit_of_memory") {
    auto config = config::parse_config("", "opsmon.yml");
    REQUIRE(config);
    CHECK(config->history.window == 6h);
    CHECK(config->history.interval == 10s);
    CHECK(config->history.memory_bytes_max == 64UL << 20);
    config =
        config::parse_config("history: {window: 1h, interval: 5s, max_memory: 1GiB}", "opsmon.yml");
    REQUIRE(config);
    CHECK(config->history.window == 1h);
    CHECK(config->history.interval == 5s);
    CHECK(config->history.memory_bytes_max == 1UL << 30);
    for (const char* memory : {"64", "64MB", "3MiB", "5GiB", "-8MiB", "8.5MiB", "MiB",
                               "99999999999999999999MiB", "18446744073709551615MiB", "8 MiB"}) {
        CAPTURE(memory);
        const auto refused = config::parse_config(
            "history:\n  max_memory: '" + std::string(memory) + "'", "opsmon.yml");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("opsmon.yml:2: history.max_memory: must be from 4MiB") !=
              std::string::npos);
    }
    CHECK_FALSE(config::parse_config("history: {window: 1m}", "opsmon.yml"));
    CHECK_FALSE(config::parse_config("history: {interval: 10ms}", "opsmon.yml"));
}

TEST_CASE("the_address_for_links_and_the_fallback_receiver_are_read", "[alerting]") {
    const auto config = config::parse_config(R"(
web: {external_url: "https://mon.example/opsmon/"}
alerting: {notification_file: n.yml, fallback_receiver: spare, fallback_after: 5m}
)",
                                             "opsmon.yml");
    REQUIRE(config);
    CHECK(config->external_url == "https://mon.example/opsmon");
    CHECK(config->alerting.fallback_receiver == "spare");
    CHECK(config->alerting.fallback_after == 5min);
    const std::vector<std::pair<std::string, std::string>> faulty = {
        {"web: {external_url: mon.example}", ":1: web.external_url: an address starts with"},
        {"web: {external_url: 'http://m/?a=b'}", ":1: web.external_url: has no ?"},
        {"alerting: {fallback_receiver: spare}", "alerting.fallback_receiver: is a receiver of"},
        {"alerting: {notification_file: n.yml, fallback_after: 1m}",
         "alerting.fallback_after: says nothing without"},
        {"alerting: {notification_file: n.yml, fallback_receiver: s, fallback_after: 0s}",
         "alerting.fallback_after: "},
    };
    for (const auto& [text, expected] : faulty) {
        CAPTURE(text);
        const auto parsed = config::parse_config(text, "opsmon.yml");
        REQUIRE_FALSE(parsed);
        CHECK_THAT(parsed.error().message, Catch::Contains(expected));
    }
}

TEST_CASE("other_names_of_the_sidecar_are_host_names_and_nothing_else") {
    const auto config =
        config::parse_config("web: {allowed_hosts: [mon.example, Db1]}", "opsmon.yml");
    REQUIRE(config);
    CHECK(config->allowed_hosts == std::vector<std::string>{"mon.example", "Db1"});
    for (const char* faulty :
         {"https://mon.example", "mon.example:443", "*.example", "a b", "[::1]"}) {
        CAPTURE(faulty);
        const auto refused = config::parse_config(
            "web: {allowed_hosts: ['" + std::string(faulty) + "']}", "opsmon.yml");
        REQUIRE_FALSE(refused);
        CHECK_THAT(refused.error().message,
                   Catch::Contains("opsmon.yml:1: web.allowed_hosts: is a list of host names"));
    }
}

TEST_CASE("the_shipped_example_is_valid") {
    const auto config = config::load_config(OPSMON_SOURCE_DIR "/sidecar/opsmon.example.yml");
    CHECK(config);
    INFO((config ? "" : config.error().message));
    CHECK(config.ok());
}
