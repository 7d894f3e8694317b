#pragma once
// This component provides `Store`, what the sidecar keeps over its own restart: small texts under a
// kind and a key. The application opens it; collectors remember cursors and places in it. One
// thread of its own does all that touches the disk, so a disk that hangs or is full costs history
// and never holds a caller for longer than `patience`. It belongs to one process at a time.
//
// write() only notes the newest value of a key, which the thread writes at once where it can;
// read() sees what is noted. Who may go on only when the value is with the database calls
// write_through(): access logs do, whose cursor has to be kept before counts are shown. Like any
// write it survives the end of the process, not that of the machine.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/database.hpp"

namespace opsmon::store {

inline constexpr std::size_t kMaxValueBytes = 64 * 1024;
inline constexpr std::size_t kBatchMax = 200'000;      // changes of one batch
inline constexpr std::size_t kNotedMax = 1024;         // keys that wait to be written
inline constexpr std::size_t kNotedBytesMax = 4 << 20; // their values

class Store {
public:
    struct Limits {
        std::chrono::milliseconds opening{5000}; // how long open() waits
        std::chrono::milliseconds patience{500}; // for one call on the disk
        std::chrono::milliseconds retry{30'000}; // from one attempt to open to the next
        std::chrono::milliseconds ending{1000};  // how long the destructor waits
    };

    // An error only where a person has to act: another sidecar uses the folder, or it makes no
    // sense. A disk that cannot be used, or hangs, gives a store that is not up and tries again.
    static Result<std::shared_ptr<Store>> open(const std::string& folder);
    static Result<std::shared_ptr<Store>> open(const std::string& folder, Limits limits,
                                               OpenDatabase open_database);
    // Writes what is noted, within its limit; after that its thread is left to itself.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // All from any thread. A value that was never written is no error.
    Result<std::optional<std::string>> read(std::string_view kind, std::string_view key);
    Result<void> write(std::string_view kind, std::string_view key, std::string_view value);
    Result<void> write_through(std::string_view kind, std::string_view key, std::string_view value);
    Result<void> remove(std::string_view kind, std::string_view key);

    // Every entry of a kind, and many changes at once: they are in the database when it returns
    // well, all of them, and none is noted for later when it does not. `patience` is a caller's who
    // has a thread of its own to wait in.
    Result<std::vector<Entry>> read_all(std::string_view kind, std::chrono::milliseconds patience);
    Result<void> write_batch(std::vector<Change> changes, std::chrono::milliseconds patience);

    // Whether values reach the database.
    [[nodiscard]] bool up() const;
    // What it takes on the disk, as of its last change; nothing while that is not known.
    [[nodiscard]] std::optional<std::uint64_t> bytes() const;
    // False when what is noted was still on its way at `deadline`.
    bool flush(SteadyTime deadline);

private:
    struct State;
    Store(std::shared_ptr<State> state, Limits limits);

    std::shared_ptr<State> state_; // the thread holds it too
    Limits limits_;
};

} // namespace opsmon::store
