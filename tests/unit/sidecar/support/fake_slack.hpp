#pragma once
// This component is what tests of the notifier share: a stand-in for Slack on a port of this
// machine, settings that use it, and waiting for what its threads do.

#include "notify/notifier.hpp"
#include "support/slack_config.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>

namespace opsmon::test {

using namespace std::chrono_literals;

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

inline notify::Settings settings(const std::string& url) {
    notify::Settings out;
    out.route.options.receiver = "team";
    out.route.options.group_by_all = true;
    out.route.options.group_wait_ms = 0;
    out.route.options.group_interval_ms = 100;
    out.receivers = {{"team", {slack_config(url)}}, {"unused", {slack_config(url)}}};
    return out;
}

// The numbers of the only receiver that is used, once they are as wanted.
inline notify::Attempts wait_for(const notify::Notifier& notifier,
                                 const std::function<bool(const notify::Attempts&)>& wanted) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    auto stats = notifier.stats().channels.at(0).attempts;
    while (!wanted(stats) && std::chrono::steady_clock::now() < end) {
        std::this_thread::yield();
        stats = notifier.stats().channels.at(0).attempts;
    }
    return stats;
}

inline std::uint64_t failures(const notify::Attempts& attempts, notify::FailureReason reason) {
    return attempts.failures.at(static_cast<std::size_t>(reason));
}

inline const std::string kOne = "{alertname=\"One\",severity=\"critical\"}";
inline const std::string kTwo = "{alertname=\"Two\",severity=\"warning\"}";

inline bool comes_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        std::this_thread::yield();
    }
    return condition();
}

} // namespace opsmon::test
