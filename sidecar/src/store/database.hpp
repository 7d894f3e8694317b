#pragma once
// This component is the file behind the store: `Database`, small texts by kind and key in one
// SQLite file, and how it is opened. Only the store's own thread uses it, because each of its
// calls may hang with the disk.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/change.hpp"

namespace opsmon::store {

class Database {
public:
    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    virtual ~Database() = default;

    virtual Result<std::optional<std::string>> read(const Key& key) = 0;
    // Nothing as value removes it.
    virtual Result<void> write(const Key& key, const std::optional<std::string>& value) = 0;
    virtual Result<std::vector<Entry>> read_all(const std::string& kind) = 0;
    // All of them or, where it fails, none.
    virtual Result<void> write_batch(const std::vector<Change>& changes) = 0;
    // On the disk, with the log of changes; nothing where it is not known.
    virtual std::optional<std::uint64_t> bytes() { return std::nullopt; }
};

using OpenedDatabase = Result<std::unique_ptr<Database>>;
using OpenDatabase = std::function<OpenedDatabase(const std::string& folder)>;

// Makes `folder` and the file in it where they are missing. A file that is no database or damaged
// is moved aside, and a new one begun. The error is retryable when it lies with the disk (full,
// read-only, broken), and not when a person has to act: another sidecar uses the file, or the
// folder makes no sense.
OpenedDatabase open_database(const std::string& folder);

inline constexpr const char* kDatabaseFile = "opsmon.sqlite";
inline constexpr std::size_t kLogBytes = 1 << 20; // the log of changes (-wal), between writes
inline constexpr std::size_t kBrokenFilesMax = 3; // that were moved aside and are kept

} // namespace opsmon::store
