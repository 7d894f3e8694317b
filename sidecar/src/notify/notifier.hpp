#pragma once
// This component delivers alerts: a few threads that take what the dispatcher says and post it. The
// application starts it, hands it alerts and asks for its numbers; no call waits for a network.
// Who is told what and when is decided in `dispatcher`. What that stands on is in the store before
// a message leaves; where the store cannot be used, messages leave all the same and
// `state_kept` says so.

#include "base/clock.hpp"
#include "notify/dispatcher.hpp"
#include "notify/settings.hpp"
#include "rules/alert.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace opsmon::notify {

struct ReceiverStats {
    std::string receiver;
    std::uint64_t sent = 0;
    std::uint64_t failed = 0; // refused for good
    std::uint64_t dropped = 0;
};

struct NotifierStats {
    std::vector<ReceiverStats> receivers;
    std::size_t queue_length = 0;
    std::optional<bool> state_kept; // nothing: no store is wanted
};

// An alert and what keeps it from being told.
struct ShownAlert {
    AlertPointer alert;
    MuteState mute;
    std::vector<std::string> receivers;
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

    // For the API. The id of the silence; see Silences::create().
    Result<std::string> create_silence(Silence silence);
    Result<void> expire_silence(const std::string& id);
    [[nodiscard]] std::vector<Silence> silences() const;
    [[nodiscard]] std::vector<ShownAlert> alerts() const;

private:
    struct Shared;
    void start_if_needed();
    void restore();

    // Shared with the threads, which may outlive this object when a name lookup hangs at the end.
    std::shared_ptr<Shared> shared_;
    std::vector<std::thread> threads_; // under the lock of `shared_`, like what follows
    bool wanted_ = false;
    bool failure_told_ = false;
};

} // namespace opsmon::notify
