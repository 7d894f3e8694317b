#include <catch2/catch.hpp>

#include "support/fake_database.hpp"
#include "support/fake_slack.hpp"
#include "web/alertmanager_api.hpp"

using namespace opsmon;
using namespace opsmon::test;

namespace {

// Alertmanager's API of a notifier whose store is as the test wants.
struct Api {
    std::shared_ptr<FakeDatabase::Content> content = std::make_shared<FakeDatabase::Content>();
    std::shared_ptr<notify::Notifier> notifier;
    httplib::Server server;
    std::thread thread;
    std::unique_ptr<httplib::Client> client;

    explicit Api(bool unreadable = false) {
        content->unreadable = unreadable;
        notifier =
            std::make_shared<notify::Notifier>(settings("http://127.0.0.1:1/"), store_on(content));
        web::Routes routes(server);
        web::add_alertmanager_routes(routes, [this] { return notifier; });
        const int port = server.bind_to_any_port("127.0.0.1");
        thread = std::thread([this] { server.listen_after_bind(); });
        while (!server.is_running()) {
            std::this_thread::yield();
        }
        client = std::make_unique<httplib::Client>("127.0.0.1", port);
    }
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;
    ~Api() {
        server.stop();
        thread.join();
    }

    httplib::Result post(const std::string& id = "") {
        nlohmann::json silence{{"matchers", {{{"name", "a"}, {"value", "b"}, {"isRegex", false}}}},
                               {"startsAt", "2026-11-24T22:30:00Z"},
                               {"endsAt", "2199-11-24T22:30:00Z"},
                               {"createdBy", "ana"},
                               {"comment", "x"}};
        if (!id.empty()) {
            silence["id"] = id;
        }
        return client->Post("/api/v2/silences", silence.dump(), "application/json");
    }
    void fill() {
        const std::lock_guard lock(content->mutex);
        content->full = true;
    }
};

std::string id_of(const httplib::Result& answer) {
    return nlohmann::json::parse(answer->body)["silenceID"];
}

} // namespace

TEST_CASE("a_silence_that_the_store_did_not_take_says_so", "[web][alertmanager]") {
    Api api;
    const auto kept = api.post();
    REQUIRE((kept && kept->status == 200));
    CHECK_FALSE(kept->has_header("Warning"));
    api.fill();
    const auto held = api.post();
    REQUIRE((held && held->status == 200));
    CHECK_THAT(held->get_header_value("Warning"), Catch::Contains("not in the store yet"));
    const auto expired = api.client->Delete("/api/v2/silence/" + id_of(kept));
    REQUIRE(expired);
    CHECK(expired->status == 500);
    CHECK_THAT(expired->body, Catch::Contains("nothing is changed"));
    const auto changed = api.post(id_of(kept));
    REQUIRE(changed);
    CHECK(changed->status == 400); // of which amtool shows the text
    CHECK_THAT(changed->body, Catch::Contains("nothing is changed"));
    CHECK(api.notifier->silences().size() == 2);
}

TEST_CASE("a_silence_that_may_be_in_a_store_that_cannot_be_read_is_not_called_missing",
          "[web][alertmanager]") {
    Api blind(true);
    for (const auto& answer : {blind.client->Delete("/api/v2/silence/x"),
                               blind.client->Get("/api/v2/silence/x"), blind.post("x")}) {
        REQUIRE(answer);
        CHECK(answer->status != 404);
        CHECK_THAT(answer->body, Catch::Contains("not known yet"));
    }
    Api seeing;
    CHECK(seeing.client->Delete("/api/v2/silence/x")->status == 404);
}

TEST_CASE("every_receiver_of_the_settings_is_listed", "[web][alertmanager]") {
    Api api;
    const auto answer = api.client->Get("/api/v2/receivers");
    REQUIRE(answer);
    const auto receivers = nlohmann::json::parse(answer->body);
    REQUIRE(receivers.size() == 2);
    CHECK(receivers[0]["name"] == "team");
    CHECK(receivers[0]["integrations"][0]["name"] == "slack/0");
}
