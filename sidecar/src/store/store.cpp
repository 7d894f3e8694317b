#include "store/store.hpp"

#include <filesystem>
#include <utility>

#include <sqlite3.h>

namespace opsmon::store {
namespace {

constexpr const char* kFileName = "opsmon.sqlite";

// Exclusive: a second sidecar on the same folder is told so at once, and no shared memory file is
// needed. A commit is not flushed: a power failure may cost the last seconds, never the file.
constexpr const char* kSetUp = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL;"
                               "PRAGMA cache_size = -256;"
                               "CREATE TABLE IF NOT EXISTS kept ("
                               " kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
                               " PRIMARY KEY (kind, key)) WITHOUT ROWID;"
                               // Takes the lock now rather than at the first value.
                               "BEGIN IMMEDIATE; COMMIT;";

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Error describe(sqlite3* database, const std::string& what) {
    const bool busy = sqlite3_errcode(database) == SQLITE_BUSY;
    return Error{what + ": " +
                     (busy ? "it is in use by another opsmon-sidecar" : sqlite3_errmsg(database)),
                 true};
}

Statement prepare(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
    return {statement, sqlite3_finalize};
}

// Bound values live until the statement is done: no copy is needed.
void bind(const Statement& statement, int index, std::string_view text) {
    sqlite3_bind_text(statement.get(), index, text.data(), static_cast<int>(text.size()),
                      SQLITE_STATIC);
}

} // namespace

struct Store::State {
    std::string file;
    Database database{nullptr, sqlite3_close};

    Result<void> run(const char* sql, std::initializer_list<std::string_view> values) {
        const Statement statement = prepare(database.get(), sql);
        int index = 0;
        for (const std::string_view value : values) {
            bind(statement, ++index, value);
        }
        if (!statement || sqlite3_step(statement.get()) != SQLITE_DONE) {
            return describe(database.get(), "cannot write " + file);
        }
        return {};
    }
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}

Store::~Store() = default;

Result<std::shared_ptr<Store>> Store::open(const std::string& folder) {
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) {
        return Error{"storage.path: cannot make the folder " + folder + ": " + problem.message()};
    }
    auto state = std::make_unique<State>();
    state->file = (std::filesystem::path(folder) / kFileName).string();
    sqlite3* database = nullptr;
    const int opened =
        sqlite3_open_v2(state->file.c_str(), &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    state->database.reset(database);
    if (opened != SQLITE_OK ||
        sqlite3_exec(database, kSetUp, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return describe(database, "storage.path: cannot use " + state->file);
    }
    return std::shared_ptr<Store>(new Store(std::move(state)));
}

Result<std::optional<std::string>> Store::read(std::string_view kind, std::string_view key) {
    const std::lock_guard lock(mutex_);
    const Statement statement =
        prepare(state_->database.get(), "SELECT value FROM kept WHERE kind = ?1 AND key = ?2");
    bind(statement, 1, kind);
    bind(statement, 2, key);
    const int step = statement ? sqlite3_step(statement.get()) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0));
        return std::optional<std::string>(std::in_place, text, size);
    }
    if (step == SQLITE_DONE) {
        return std::optional<std::string>();
    }
    return describe(state_->database.get(), "cannot read " + state_->file);
}

Result<void> Store::write(std::string_view kind, std::string_view key, std::string_view value) {
    if (value.size() > kMaxValueBytes) {
        return Error{"cannot keep " + std::string(kind) + " " + std::string(key) + ": " +
                     std::to_string(value.size()) + " bytes, more than " +
                     std::to_string(kMaxValueBytes)};
    }
    const std::lock_guard lock(mutex_);
    return state_->run("INSERT INTO kept VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
                       {kind, key, value});
}

Result<void> Store::remove(std::string_view kind, std::string_view key) {
    const std::lock_guard lock(mutex_);
    return state_->run("DELETE FROM kept WHERE kind = ?1 AND key = ?2", {kind, key});
}

} // namespace opsmon::store
