#pragma once
// This component provides `LogFile`: one open file of a log, read line by line from where it was
// left, which notices that it was emptied in the meantime. It only ever opens regular files, and
// never waits for one. It follows no rotation: LogFollower does.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "collect/access_log/line_splitter.hpp"
#include "collect/access_log/log_cursor.hpp"

namespace opsmon::collect {

// What may still be read in this cycle.
struct ReadBudget {
    std::uint64_t bytes = 0;
    SteadyTime deadline;
    // How many files may be opened: logs that nothing is open of yet, and others.
    std::size_t new_logs = std::numeric_limits<std::size_t>::max();
    std::size_t files = std::numeric_limits<std::size_t>::max();
    [[nodiscard]] bool exhausted() const { return bytes == 0 || steady_now() >= deadline; }
};

enum class ReadEnd { AllRead, BudgetExhausted, Truncated, Failed };

class LogFile {
public:
    static Result<LogFile> open(const std::string& path);
    ~LogFile();
    LogFile(LogFile&& other) noexcept;
    LogFile& operator=(LogFile&& other) noexcept;

    // Reads what is there, through `buffer`, which must be larger than a line may be.
    ReadEnd read(std::vector<char>& buffer, ReadBudget& budget, LineSink& sink);
    // The last line of a file that nobody writes any more, if it has no end.
    void read_rest(std::vector<char>& buffer, LineSink& sink);

    // Behind the last complete line there is now.
    void go_to_end();
    void go_to(const LogCursor& cursor);
    void start_anew();
    // What is there now was written before the sidecar began.
    void mark_as_past();
    // Leaves at most `bytes` unread; returns how many are passed over.
    std::uint64_t skip_all_but(std::uint64_t bytes);

    [[nodiscard]] const FileIdentity& identity() const { return cursor_.identity; }
    // As it is now; also looks at the time of the last change.
    [[nodiscard]] LogCursor cursor() const;
    [[nodiscard]] std::uint64_t unread_bytes() const;
    [[nodiscard]] bool is_deleted() const;
    // Whether the file begins with the same bytes.
    [[nodiscard]] bool matches(const Fingerprint& fingerprint) const;
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    explicit LogFile(int fd) : fd_(fd) {}
    bool still_the_same(std::uint64_t size);

    int fd_ = -1;
    LogCursor cursor_;
    std::uint64_t past_end_ = 0;
    std::string error_;
};

} // namespace opsmon::collect
