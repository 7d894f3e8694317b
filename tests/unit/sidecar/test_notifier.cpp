#include <catch2/catch.hpp>

#include "notify/notifier.hpp"
#include "support/http_peer.hpp"
#include "support/slack_config.hpp"

#include <condition_variable>
#include <functional>
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
    out.receiver = "team";
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

} // namespace

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
    CHECK(new_place.wait_for(1) == std::vector<std::string>{"CRITICAL One"});
    CHECK(wait_for(notifier, [](const auto& s) { return s.sent == 3; }).sent == 3);
}
