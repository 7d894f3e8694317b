#pragma once
// This component delivers alerts: a few threads that take what the dispatcher says and post it. The
// application starts it, hands it alerts and asks for its numbers; no call waits for a network.
// Who is told what and when is decided in `dispatcher`. What that stands on is in the store before
// a message leaves; where the store cannot be used, messages leave all the same and
// `state_kept` says so.

#include "base/clock.hpp"
#include "metrics/samples.hpp"
#include "notify/dispatcher.hpp"
#include "notify/settings.hpp"
#include "rules/alert.hpp"
#include "store/store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace opsmon::notify {

// Why an attempt failed, in classes: somebody has to act, the receiver wants a rest, it passes.
enum class FailureReason { Refused, RateLimited, Unavailable };
inline constexpr std::size_t kFailureReasons = 3;
inline constexpr std::array<const char*, kFailureReasons> kFailureReasonNames = {
    "refused", "rate_limited", "unavailable"};
[[nodiscard]] FailureReason failure_reason(const Verdict& verdict); // of one that failed

// What became of messages to one channel, and of the attempts to deliver them.
struct Attempts {
    std::uint64_t sent = 0;
    std::uint64_t failed = 0; // refused
    std::uint64_t dropped = 0;
    std::array<std::uint64_t, kFailureReasons> failures{};
    metrics::HistogramValue latency{{0.1, 0.5, 1, 2.5, 5}}; // of every attempt, in seconds
    TimestampMs last_at = 0;
    std::string last_error; // of the last attempt; empty: it arrived
};

struct ChannelStats {
    std::string receiver;
    std::string integration; // slack/0
    Attempts attempts;
};

struct NotifierStats {
    std::vector<ChannelStats> channels; // also of those that a reload took away
    std::size_t queue_length = 0;
    std::optional<bool> state_kept; // nothing: no store is wanted
};

// An alert and what keeps it from being told.
struct ShownAlert {
    AlertPointer alert;
    MuteState mute;
    std::vector<std::string> receivers;
};

struct ShownIntegration {
    std::string name;
    bool send_resolved = false;
    TimestampMs last_at = 0; // 0: nothing was sent yet
    std::string last_error;
};

struct ShownReceiver {
    std::string name;
    std::vector<ShownIntegration> integrations;
};

struct CreatedSilence {
    std::string id;
    bool kept = true; // false: it holds, but the store could not take it yet
};

class Notifier {
public:
    explicit Notifier(Settings settings, std::shared_ptr<store::Store> store = nullptr);
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

    // For the API; see Silences. They wait for the store, two seconds at most. An error that is
    // retryable lies with the store: then nothing has changed (decision 0024).
    Result<CreatedSilence> create_silence(Silence silence);
    Result<void> expire_silence(const std::string& id);
    // False while those of before the restart could not be read yet.
    [[nodiscard]] bool silences_known() const;
    [[nodiscard]] std::vector<Silence> silences() const;
    [[nodiscard]] std::vector<ShownAlert> alerts() const;
    [[nodiscard]] std::vector<ShownReceiver> receivers() const;

private:
    struct Shared;
    void start_if_needed();

    // Shared with the threads, which may outlive this object when a name lookup hangs at the end.
    std::shared_ptr<Shared> shared_;
    std::vector<std::thread> threads_; // under the lock of `shared_`, like what follows
    bool wanted_ = false;
    bool failure_told_ = false;
};

} // namespace opsmon::notify
