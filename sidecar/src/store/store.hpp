#pragma once
// This component provides `Store`, what the sidecar keeps over its own restart: small texts under a
// kind and a key, in one SQLite file. The application opens it; collectors remember cursors and
// places in it. It belongs to one process at a time, and losing it costs history, never safety: a
// caller goes on when a write fails.

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace opsmon::store {

inline constexpr std::size_t kMaxValueBytes = 64 * 1024;

class Store {
public:
    // Makes `folder` and the file in it where they are missing.
    static Result<std::shared_ptr<Store>> open(const std::string& folder);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // From any thread. A value that was never written is no error.
    Result<std::optional<std::string>> read(std::string_view kind, std::string_view key);
    Result<void> write(std::string_view kind, std::string_view key, std::string_view value);
    Result<void> remove(std::string_view kind, std::string_view key);

private:
    struct State;
    explicit Store(std::unique_ptr<State> state);

    std::mutex mutex_;
    std::unique_ptr<State> state_;
};

} // namespace opsmon::store
