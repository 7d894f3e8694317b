#include "store/database.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace opsmon::store {
namespace {

namespace fs = std::filesystem;

// Exclusive: a second sidecar on the same folder is told so at once, and no shared memory file is
// needed. A commit is not flushed: a power failure may cost the last seconds, never the file.
constexpr const char* kSetUp = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = NORMAL;"
                               "PRAGMA cache_size = -256;"
                               // The log goes into the file at each MiB, and shrinks to it again
                               // after a large batch.
                               "PRAGMA wal_autocheckpoint = 256;"
                               "PRAGMA journal_size_limit = 1048576;"
                               "CREATE TABLE IF NOT EXISTS kept ("
                               " kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
                               " PRIMARY KEY (kind, key)) WITHOUT ROWID;"
                               // Takes the lock now rather than at the first value, and learns
                               // now whether the disk can be written.
                               "INSERT OR REPLACE INTO kept"
                               " VALUES ('store', 'opened_at', strftime('%s', 'now'));";

constexpr std::size_t kReadAllMax = 200'000;

using Connection = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Statement prepare(sqlite3* connection, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(connection, sql, -1, &statement, nullptr);
    return {statement, sqlite3_finalize};
}

// Bound values live until the statement is done: no copy is needed.
void bind_text(const Statement& statement, int index, std::string_view text) {
    sqlite3_bind_text(statement.get(), index, text.data(), static_cast<int>(text.size()),
                      SQLITE_STATIC);
}

std::uint64_t size_of(const std::string& file) {
    std::error_code code;
    const auto size = fs::file_size(file, code);
    return code ? 0 : size;
}

class SqliteDatabase : public Database {
public:
    SqliteDatabase(std::string file, Connection connection)
        : file_(std::move(file)), connection_(std::move(connection)) {}

    Result<std::optional<std::string>> read(const Key& key) override {
        const Statement statement =
            prepare(connection_.get(), "SELECT value FROM kept WHERE kind = ?1 AND key = ?2");
        bind_text(statement, 1, key.first);
        bind_text(statement, 2, key.second);
        const int step = statement ? sqlite3_step(statement.get()) : SQLITE_ERROR;
        if (step == SQLITE_ROW) {
            const auto* text =
                reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0));
            return std::optional<std::string>(std::in_place, text == nullptr ? "" : text, size);
        }
        if (step == SQLITE_DONE) {
            return std::optional<std::string>();
        }
        return problem("read");
    }

    Result<void> write(const Key& key, const std::optional<std::string>& value) override {
        if (!value) {
            return run("DELETE FROM kept WHERE kind = ?1 AND key = ?2", {key.first, key.second});
        }
        return run("INSERT INTO kept VALUES (?1, ?2, ?3)"
                   " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
                   {key.first, key.second, *value});
    }

    Result<std::vector<Entry>> read_all(const std::string& kind) override {
        const Statement statement = prepare(
            connection_.get(), "SELECT key, value FROM kept WHERE kind = ?1 ORDER BY key LIMIT ?2");
        bind_text(statement, 1, kind);
        sqlite3_bind_int64(statement.get(), 2, static_cast<sqlite3_int64>(kReadAllMax));
        std::vector<Entry> out;
        int step = SQLITE_ERROR;
        while (statement && (step = sqlite3_step(statement.get())) == SQLITE_ROW) {
            out.push_back({column(statement, 0), column(statement, 1)});
        }
        return step == SQLITE_DONE ? Result<std::vector<Entry>>(std::move(out)) : problem("read");
    }

    Result<void> write_batch(const std::vector<Change>& changes) override {
        if (auto begun = run("BEGIN IMMEDIATE", {}); !begun) {
            return begun;
        }
        for (const auto& [key, value] : changes) {
            if (auto written = write(key, value); !written) {
                (void)run("ROLLBACK", {});
                return written;
            }
        }
        auto done = run("COMMIT", {});
        if (!done) {
            (void)run("ROLLBACK", {});
        } else if (size_of(file_ + "-wal") > kLogBytes) {
            // What is written is safe in the log whether this succeeds or not.
            (void)sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                            nullptr, nullptr);
        }
        return done;
    }

    std::optional<std::uint64_t> bytes() override {
        std::uint64_t out = 0;
        for (const char* suffix : {"", "-wal", "-shm"}) {
            out += size_of(file_ + suffix);
        }
        return out;
    }

private:
    static std::string column(const Statement& statement, int index) {
        const auto* text =
            reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), index));
        return text == nullptr ? std::string()
                               : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(
                                                       statement.get(), index)));
    }

    Result<void> run(const char* sql, std::initializer_list<std::string_view> values) {
        const Statement statement = prepare(connection_.get(), sql);
        int index = 0;
        for (const std::string_view value : values) {
            bind_text(statement, ++index, value);
        }
        if (!statement || sqlite3_step(statement.get()) != SQLITE_DONE) {
            return problem("write");
        }
        return {};
    }

    [[nodiscard]] Error problem(const std::string& verb) const {
        return Error{"cannot " + verb + " " + file_ + ": " + sqlite3_errmsg(connection_.get()),
                     true};
    }

    std::string file_;
    Connection connection_;
};

// Of a system call: those come from the disk's state, all others from what was asked for.
bool lies_with_the_disk(int code) {
    constexpr int kCodes[] = {EROFS,  ENOSPC, EDQUOT, EIO,    ESTALE, ETIMEDOUT,
                              ENODEV, ENXIO,  ENOMEM, EMFILE, ENFILE, EUCLEAN};
    return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

Error refusal(const std::string& what, int code) {
    return Error{"storage.path: " + what + ": " + std::strerror(code), lies_with_the_disk(code)};
}

Result<void> prepare_folder(const std::string& folder, const std::string& file) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) {
        return refusal("cannot make the folder " + folder, code.value());
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        return refusal("cannot write in the folder " + folder, errno);
    }
    if (::access(file.c_str(), R_OK | W_OK) != 0 && errno != ENOENT) {
        return refusal("cannot use " + file, errno);
    }
    return {};
}

// What SQLite says of each page; nothing when all is well.
std::optional<std::string> find_damage(sqlite3* connection) {
    const Statement statement = prepare(connection, "PRAGMA quick_check(1)");
    if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) {
        return std::nullopt; // the caller sees the code
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
    const std::string said = text == nullptr ? "ok" : text;
    return said == "ok" ? std::nullopt : std::optional(said);
}

struct Attempt {
    Connection connection{nullptr, sqlite3_close};
    int code = SQLITE_OK;
    std::string why;
};

Attempt attempt(const std::string& file) {
    Attempt out;
    sqlite3* connection = nullptr;
    out.code =
        sqlite3_open_v2(file.c_str(), &connection,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    out.connection.reset(connection);
    if (out.code == SQLITE_OK) {
        out.code = sqlite3_exec(connection, kSetUp, nullptr, nullptr, nullptr);
    }
    out.why = connection == nullptr ? "no memory left" : sqlite3_errmsg(connection);
    if (out.code == SQLITE_OK) {
        if (auto damage = find_damage(connection)) {
            out.code = SQLITE_CORRUPT;
            out.why = std::move(*damage);
        } else {
            out.code = sqlite3_errcode(connection) == SQLITE_CORRUPT ? SQLITE_CORRUPT : SQLITE_OK;
        }
    }
    out.code &= 0xff; // the general code of an extended one
    return out;
}

void remove_oldest_broken(const fs::path& folder) {
    const std::string prefix = std::string(kDatabaseFile) + ".broken-";
    std::vector<fs::path> broken;
    std::error_code code;
    for (auto at = fs::directory_iterator(folder, code); !code && at != fs::directory_iterator();
         at.increment(code)) {
        if (at->path().filename().string().starts_with(prefix)) {
            broken.push_back(at->path());
        }
    }
    std::sort(broken.begin(), broken.end()); // Unix times: all have as many digits
    for (std::size_t i = 0; i + kBrokenFilesMax < broken.size(); ++i) {
        fs::remove(broken[i], code);
    }
}

// Also what belongs to it: of a database that begins anew it would be wrong.
Result<void> move_aside(const std::string& file, const std::string& why) {
    const std::string aside = file + ".broken-" + std::to_string(wall_now() / 1000);
    std::error_code code;
    fs::rename(file, aside, code);
    if (code) {
        return refusal("cannot move the damaged " + file + " aside", code.value());
    }
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
        fs::remove(file + suffix, code);
    }
    remove_oldest_broken(fs::path(file).parent_path());
    log::warning("what was kept over a restart is damaged; it is moved aside and begun anew",
                 {{"file", file}, {"moved_to", aside}, {"error", why}});
    return {};
}

} // namespace

OpenedDatabase open_database(const std::string& folder) {
    const std::string file = (fs::path(folder) / kDatabaseFile).string();
    if (auto prepared = prepare_folder(folder, file); !prepared) {
        return prepared.error();
    }
    Attempt opened = attempt(file);
    if (opened.code == SQLITE_NOTADB || opened.code == SQLITE_CORRUPT) {
        opened.connection.reset();
        if (auto moved = move_aside(file, opened.why); !moved) {
            return moved.error();
        }
        opened = attempt(file);
    }
    if (opened.code == SQLITE_BUSY) {
        return Error{"storage.path: " + file +
                     " is in use by another opsmon-sidecar; give each a folder of its own"};
    }
    if (opened.code != SQLITE_OK) {
        return Error{"storage.path: cannot use " + file + ": " + opened.why, true};
    }
    return std::unique_ptr<Database>(
        std::make_unique<SqliteDatabase>(file, std::move(opened.connection)));
}

} // namespace opsmon::store
