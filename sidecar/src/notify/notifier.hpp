#pragma once
// This component delivers alerts: one thread that takes what the outboxes hold and posts it. main
// starts it, hands it alerts and asks for its numbers; no call waits for a network. What is sent,
// when and how often is decided in `outbox`, what it says in `slack_message`.

#include "base/clock.hpp"
#include "notify/outbox.hpp"
#include "notify/settings.hpp"
#include "rules/alert.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace opsmon::notify {

struct ReceiverStats {
    std::string receiver;
    std::uint64_t sent = 0;
    std::uint64_t failed = 0; // refused by Slack for good
    std::uint64_t dropped = 0;
};

struct NotifierStats {
    std::vector<ReceiverStats> receivers;
    std::size_t queue_length = 0;
};

class Notifier {
public:
    explicit Notifier(Settings settings);
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    // A system without a thread left is tried again with each offer().
    void start();
    void offer(std::vector<rules::Alert> alerts);

    // A webhook that stays keeps what it was told and what it still has to be told.
    void replace(Settings settings);

    // Tries what waits once more and returns within two seconds, whatever the network does.
    void stop();

    [[nodiscard]] NotifierStats stats() const;

private:
    struct Shared;
    void start_if_needed();

    // Shared with the thread, which may outlive this object when a name lookup hangs at the end.
    std::shared_ptr<Shared> shared_;
    std::thread thread_; // under the lock of `shared_`, like what follows
    bool wanted_ = false;
    bool failure_told_ = false;
};

} // namespace opsmon::notify
