#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>

#include "notify/delivery.hpp"
#include "notify/webhook_client.hpp"
#include "support/hook.hpp"
#include "support/raw_peer.hpp"
#include "support/scratch_file.hpp"
#include "support/slack_config.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

namespace {

notify::SecretUrl url_of(int port) {
    return notify::SecretUrl(*parse_url("http://127.0.0.1:" + std::to_string(port) + "/SECRET"));
}

// The settings of one receiver, with a file beside them that it names.
class OneReceiver {
public:
    OneReceiver(const std::string& kind, const std::string& config, const std::string& secret)
        : file_("route: {receiver: a}\nreceivers: [{name: a, " + kind + ": [{" + config + "}]}]\n"),
          secret_(std::filesystem::path(file_.path()).parent_path() / "secret") {
        write(secret);
        job_.config = load();
        job_.message = test::message(test::firing("{alertname=\"A\"}"));
    }
    [[nodiscard]] notify::ChannelConfig load() const {
        const auto loaded = notify::load_settings(file_.path());
        REQUIRE(loaded);
        return notify::channels_of(loaded->receivers).at(0);
    }
    void write(const std::string& secret) const { std::ofstream(secret_) << secret; }
    void remove() const { std::filesystem::remove(secret_); }
    [[nodiscard]] notify::Verdict deliver() const { return notify::deliver(job_, 5s, 1000); }

private:
    test::ScratchFile file_;
    std::filesystem::path secret_;
    notify::Job job_{nullptr, {"", "", notify::AlertmanagerConfig{url_of(1), ""}}, "", {}, {}};
};

} // namespace

TEST_CASE("a_secret_of_a_file_is_read_again_for_each_attempt", "[notify][delivery]") {
    struct Row {
        std::string config;
        std::string setting;
        std::string before;
        std::string after;
    };
    const auto row = GENERATE(values<Row>({
        {"authorization: {type: Token, credentials_file: secret}", "authorization.credentials_file",
         "Token first", "Token other"},
        {"bearer_token_file: secret", "bearer_token_file", "Bearer first", "Bearer other"},
        {"basic_auth: {username: u, password_file: secret}", "basic_auth.password_file",
         "Basic dTpmaXJzdA==", "Basic dTpvdGhlcg=="},
    }));
    test::Hook hook;
    const OneReceiver receiver(
        "webhook_configs",
        "url: '" + hook.at("127.0.0.1", "/") + "', http_config: {" + row.config + "}", "first\n");
    CHECK(receiver.deliver().kind == notify::Verdict::Kind::Delivered);
    receiver.write("other");
    CHECK(receiver.deliver().kind == notify::Verdict::Kind::Delivered);
    receiver.remove();
    const auto verdict = receiver.deliver();
    CHECK(verdict.kind == notify::Verdict::Kind::Retry);
    CHECK(verdict.why == "receivers[0].webhook_configs[0].http_config." + row.setting +
                             ": cannot open the file this key names: No such file or directory");
    receiver.write(std::string(5000, 's'));
    CHECK_THAT(receiver.deliver().why, Catch::EndsWith("is larger than the limit of 4096 bytes"));
    receiver.write("first");
    CHECK(receiver.deliver().kind == notify::Verdict::Kind::Delivered);
    const auto asked = hook.asked();
    REQUIRE(asked.size() == 3);
    CHECK_THAT(asked[0], Catch::Contains("\r\nAuthorization: " + row.before + "\r\n"));
    CHECK_THAT(asked[1], Catch::Contains("\r\nAuthorization: " + row.after + "\r\n"));
    CHECK_THAT(asked[2], Catch::Contains("\r\nAuthorization: " + row.before + "\r\n"));
}

TEST_CASE("a_token_that_is_being_written_or_no_header_can_carry_is_waited_for",
          "[notify][delivery]") {
    test::Hook hook;
    const OneReceiver receiver("webhook_configs",
                               "url: '" + hook.at("127.0.0.1", "/") +
                                   "', http_config: {bearer_token_file: secret}",
                               "first");
    receiver.write("");
    CHECK_THAT(receiver.deliver().why, Catch::EndsWith("the file this key names is empty"));
    receiver.write("SECRET\nSECRET");
    const auto verdict = receiver.deliver();
    CHECK(verdict.kind == notify::Verdict::Kind::Retry);
    CHECK_THAT(verdict.why, Catch::Contains("bearer_token_file: holds characters that a header") &&
                                !Catch::Contains("SECRET"));
    CHECK(hook.asked().empty());
}

TEST_CASE("an_address_of_a_file_is_read_again_for_each_attempt", "[notify][delivery]") {
    test::Hook hook;
    const OneReceiver receiver("slack_configs", "api_url_file: secret, channel: '#a'",
                               hook.at("127.0.0.1", "/first"));
    CHECK(receiver.deliver().kind == notify::Verdict::Kind::Delivered);
    receiver.write(hook.at("127.0.0.1", "/other") + "\n");
    CHECK(receiver.deliver().kind == notify::Verdict::Kind::Delivered);
    receiver.write("ftp://h/SECRET");
    const auto verdict = receiver.deliver();
    CHECK(verdict.kind == notify::Verdict::Kind::Retry);
    CHECK_THAT(verdict.why,
               Catch::StartsWith("receivers[0].slack_configs[0].api_url_file: is not a webhook "
                                 "address (not shown: it is a secret)") &&
                   !Catch::Contains("SECRET"));
    const auto asked = hook.asked();
    REQUIRE(asked.size() == 2);
    CHECK_THAT(asked[0], Catch::StartsWith("POST /first "));
    CHECK_THAT(asked[1], Catch::StartsWith("POST /other "));
}

TEST_CASE("what_was_told_stays_known_over_a_reload_where_the_address_in_the_file_is_another",
          "[notify]") {
    const OneReceiver receiver("slack_configs", "api_url_file: secret, channel: '#a'",
                               "http://127.0.0.1:1/first");
    const auto before = receiver.load();
    receiver.write("http://127.0.0.1:1/other");
    CHECK(receiver.load().same_place(before));
}

TEST_CASE("a_webhook_that_drips_does_not_hang_the_notifier", "[delivery][limits]") {
    auto peer = std::make_unique<test::EndlessPeer>("HTTP/1.1 200 OK\r\nX: ", "a", 20ms);
    auto answer = std::async(std::launch::async, [url = url_of(peer->port())] {
        return notify::post_json({url}, "{}", 150ms);
    });
    const bool ended = answer.wait_for(5s) == std::future_status::ready;
    peer.reset(); // ends the request in any case
    CHECK(ended);
    const auto result = answer.get();
    CHECK(result.status == 0);
    CHECK(result.error == "no complete answer in time");
}

TEST_CASE("errors_of_a_webhook_never_hold_its_address", "[delivery]") {
    int port = 0;
    {
        const test::EndlessPeer peer("", "", 20ms);
        port = peer.port();
    }
    const auto answer = notify::post_json({url_of(port)}, "{}", 10s);
    CHECK(answer.status == 0);
    CHECK(answer.error == "cannot connect");
}
