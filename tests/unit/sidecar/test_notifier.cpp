#include <catch2/catch.hpp>

#include "notify/notifier.hpp"
#include "support/http_peer.hpp"
#include "support/slack_config.hpp"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include <httplib.h>
#include <nlohmann/json.hpp>

using namespace opsmon;
using namespace std::chrono_literals;
using test::firing;
using test::resolved;

namespace {

// A stand-in for Slack that answers as told and remembers what it was sent.
class Slack {
public:
    struct Answer {
        int status;
        std::string body;
    };

    Slack() {
        server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
            const std::lock_guard lock(mutex_);
            const auto sent = nlohmann::json::parse(request.body);
            titles_.push_back(sent["attachments"][0]["title"].get<std::string>());
            const auto answer = titles_.size() <= answers_.size() ? answers_[titles_.size() - 1]
                                                                  : Answer{200, "ok"};
            response.status = answer.status;
            response.set_content(answer.body, "text/plain");
            changed_.notify_all();
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {
            std::this_thread::yield();
        }
    }
    ~Slack() {
        server_.stop();
        thread_.join();
    }

    void answer_first_with(std::vector<Answer> answers) { answers_ = std::move(answers); }

    // The titles, once there are that many; fewer when they do not come in time.
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 20s, [&] { return titles_.size() >= count; });
        return titles_;
    }

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/hook";
    }

private:
    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Answer> answers_;
    std::vector<std::string> titles_;
};

notify::Settings settings(const std::string& url) {
    notify::Settings out;
    out.route.options.receiver = "team";
    out.route.options.group_by_all = true;
    out.route.options.group_wait_ms = 0;
    out.route.options.group_interval_ms = 100;
    out.receivers = {{"team", {test::slack_config(url)}}, {"unused", {test::slack_config(url)}}};
    return out;
}

// The numbers of the only receiver, once they are as wanted.
notify::ReceiverStats wait_for(const notify::Notifier& notifier,
                               const std::function<bool(const notify::ReceiverStats&)>& wanted) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    auto stats = notifier.stats().receivers.at(0);
    while (!wanted(stats) && std::chrono::steady_clock::now() < end) {
        std::this_thread::yield();
        stats = notifier.stats().receivers.at(0);
    }
    return stats;
}

const std::string kOne = "{alertname=\"One\",severity=\"critical\"}";
const std::string kTwo = "{alertname=\"Two\",severity=\"warning\"}";

// A database whose writes fail when it is told so.
class FakeDatabase : public store::Database {
public:
    struct Content {
        std::mutex mutex;
        std::map<store::Key, std::string> kept;
        bool full = false;
        bool unreadable = false;
    };
    explicit FakeDatabase(std::shared_ptr<Content> content) : content_(std::move(content)) {}

    Result<std::optional<std::string>> read(const store::Key&) override {
        return std::optional<std::string>();
    }
    Result<void> write(const store::Key&, const std::optional<std::string>&) override { return {}; }
    Result<std::vector<store::Entry>> read_all(const std::string& kind) override {
        const std::lock_guard lock(content_->mutex);
        if (content_->unreadable) {
            return Error{"attempt to write a readonly database", true};
        }
        std::vector<store::Entry> out;
        for (const auto& [key, value] : content_->kept) {
            if (key.first == kind) {
                out.push_back({key.second, value});
            }
        }
        return out;
    }
    Result<void> write_batch(const std::vector<store::Change>& changes) override {
        const std::lock_guard lock(content_->mutex);
        if (content_->full) {
            return Error{"database or disk is full", true};
        }
        for (const auto& [key, value] : changes) {
            if (value) {
                content_->kept[key] = *value;
            } else {
                content_->kept.erase(key);
            }
        }
        return {};
    }

private:
    std::shared_ptr<Content> content_;
};

std::shared_ptr<store::Store> store_on(const std::shared_ptr<FakeDatabase::Content>& content) {
    return *store::Store::open(
        "/fake", {5s, 5s, 10ms, 1s}, [content](const std::string&) -> store::OpenedDatabase {
            return std::unique_ptr<store::Database>(std::make_unique<FakeDatabase>(content));
        });
}

bool comes_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        std::this_thread::yield();
    }
    return condition();
}

} // namespace

TEST_CASE("what_was_told_survives_a_restart", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    {
        notify::Notifier notifier(settings(slack.url()), store_on(content));
        notifier.start();
        notifier.offer({firing(kOne)});
        REQUIRE(slack.wait_for(1).size() == 1);
    }
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    notifier.offer({resolved(kOne), firing(kTwo)});
    CHECK(slack.wait_for(3).back() == "RESOLVED One");
    CHECK(notifier.stats().state_kept == true);
}

TEST_CASE("an_alert_is_in_the_store_before_its_message_leaves", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    test::SilentPeer peer;
    notify::Notifier notifier(settings("http://127.0.0.1:" + std::to_string(peer.port()) + "/"),
                              store_on(content));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(peer.wait_for_request());
    const std::lock_guard lock(content->mutex);
    CHECK(content->kept.size() == 1);
}

TEST_CASE("a_full_store_stops_no_message_and_shows", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    content->full = true;
    Slack slack;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(1).size() == 1);
    CHECK(comes_true([&] { return notifier.stats().state_kept == false; }));
    {
        const std::lock_guard lock(content->mutex);
        content->full = false;
    }
    CHECK(comes_true([&] { return notifier.stats().state_kept == true; }));
    CHECK(comes_true([&] {
        const std::lock_guard lock(content->mutex);
        return content->kept.size() == 2; // the alert, and who was told
    }));
}

TEST_CASE("silences_hold_again_once_a_store_that_could_not_be_read_can_be", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    {
        notify::Notifier notifier(settings(slack.url()), store_on(content));
        notifier.start();
        notify::Silence silence;
        silence.matchers = *notify::parse_matchers("alertname=One");
        silence.ends_at = wall_now() + 3'600'000;
        silence.created_by = "ana";
        REQUIRE(notifier.create_silence(silence));
        REQUIRE(comes_true([&] {
            const std::lock_guard lock(content->mutex);
            return content->kept.size() == 1;
        }));
    }
    content->unreadable = true;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    CHECK(notifier.silences().empty());
    {
        const std::lock_guard lock(content->mutex);
        content->unreadable = false;
    }
    REQUIRE(comes_true([&] { return notifier.silences().size() == 1; }));
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(1) == std::vector<std::string>{"WARNING Two"});
}

TEST_CASE("silences_are_made_and_ended_through_the_notifier", "[notify]") {
    const auto content = std::make_shared<FakeDatabase::Content>();
    Slack slack;
    notify::Notifier notifier(settings(slack.url()), store_on(content));
    notifier.start();
    notify::Silence silence;
    silence.matchers = *notify::parse_matchers("alertname=One");
    silence.ends_at = wall_now() + 3'600'000;
    silence.created_by = "me";
    const auto id = notifier.create_silence(silence);
    REQUIRE(id);
    CHECK(id->size() == 36);
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(1) == std::vector<std::string>{"WARNING Two"});
    for (const auto& shown : notifier.alerts()) {
        const bool is_one = shown.alert->labels.get("alertname") == "One";
        CHECK(shown.mute.silenced_by.size() == (is_one ? 1U : 0U));
        CHECK(shown.receivers == std::vector<std::string>{"team"});
    }
    CHECK(comes_true([&] {
        const std::lock_guard lock(content->mutex);
        return content->kept.contains({notify::kSilenceKind, *id});
    }));
    REQUIRE(notifier.expire_silence(*id));
    CHECK(slack.wait_for(2).back() == "CRITICAL One");
    CHECK_FALSE(notifier.expire_silence(*id));
}

TEST_CASE("alerts_arrive_at_slack_firing_and_resolved", "[notify]") {
    Slack slack;
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(1) == std::vector<std::string>{"CRITICAL One"});
    notifier.offer({resolved(kOne)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "RESOLVED One"});
    const auto stats = wait_for(notifier, [](const auto& s) { return s.sent == 2; });
    CHECK(stats.receiver == "team");
    CHECK(stats.sent == 2);
    CHECK(stats.failed == 0);
    CHECK(notifier.stats().queue_length == 0);
}

TEST_CASE("a_message_is_tried_again_after_a_server_error", "[notify]") {
    Slack slack;
    slack.answer_first_with({{503, "busy"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "CRITICAL One"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 1; }).failed == 0);
}

TEST_CASE("a_message_is_tried_again_after_the_page_of_a_proxy", "[notify]") {
    Slack slack;
    slack.answer_first_with({{200, "<html>Please sign in</html>"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "CRITICAL One"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 1; }).failed == 0);
}

TEST_CASE("a_refused_message_is_counted_and_does_not_hold_up_the_next", "[notify]") {
    Slack slack;
    slack.answer_first_with({{404, "no_service"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(slack.wait_for(2) == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    const auto stats = wait_for(notifier, [](const auto& s) { return s.sent + s.failed == 2; });
    CHECK(stats.sent == 1);
    CHECK(stats.failed == 1);
}

TEST_CASE("stop_tries_what_waits_once_more", "[notify]") {
    Slack slack;
    slack.answer_first_with({{429, "rate_limited"}});
    notify::Notifier notifier(settings(slack.url()));
    notifier.start();
    notifier.offer({firing(kOne), firing(kTwo)});
    REQUIRE(slack.wait_for(1).size() == 1);
    notifier.stop();
    CHECK(slack.wait_for(3).size() == 3);
    CHECK(notifier.stats().queue_length == 0);
}

TEST_CASE("stop_returns_in_time_although_slack_hangs", "[notify]") {
    test::SilentPeer peer;
    notify::Notifier notifier(settings("http://127.0.0.1:" + std::to_string(peer.port()) + "/"));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(peer.wait_for_request());
    const auto begin = std::chrono::steady_clock::now();
    notifier.stop();
    CHECK(std::chrono::steady_clock::now() - begin < 3s);
}

TEST_CASE("offering_never_waits_for_slack", "[notify]") {
    test::SilentPeer peer;
    notify::Notifier notifier(settings("http://127.0.0.1:" + std::to_string(peer.port()) + "/"));
    notifier.start();
    notifier.offer({firing(kOne)});
    REQUIRE(peer.wait_for_request());
    const auto begin = std::chrono::steady_clock::now();
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(notifier.stats().queue_length == 2);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
}

TEST_CASE("after_a_reload_a_webhook_that_stays_is_not_told_again_and_a_new_one_is", "[notify]") {
    Slack old_place;
    Slack new_place;
    notify::Notifier notifier(settings(old_place.url()));
    notifier.start();
    notifier.offer({firing(kOne)});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 1; }).sent == 1);
    notifier.replace(settings(old_place.url()));
    notifier.offer({firing(kOne), firing(kTwo)});
    CHECK(old_place.wait_for(2) == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 2; }).sent == 2);
    notifier.replace(settings(new_place.url()));
    notifier.offer({firing(kOne)});
    auto told = new_place.wait_for(2); // of all that fires
    std::sort(told.begin(), told.end());
    CHECK(told == std::vector<std::string>{"CRITICAL One", "WARNING Two"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 4; }).sent == 4);
}
