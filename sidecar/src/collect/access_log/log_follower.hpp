#pragma once
// This component provides `LogFollower`: one log through its rotations. By renaming: the old file
// is read to its end, and as long as somebody still writes to it. By emptying: the copy beside it
// gives what was not read yet. Over a restart: it goes on at the place that the store remembers.
// That place is stored before the counts are shown to anybody, so no line is ever counted twice in
// what is shown. It decides nothing about the lines.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "collect/access_log/line_splitter.hpp"
#include "collect/access_log/log_file.hpp"
#include "store/store.hpp"

namespace opsmon::collect {

struct FollowLimits {
    std::uint64_t backlog_bytes = 1ULL << 30; // what is behind by more is passed over
    std::chrono::seconds idle{60};            // how long an old file is still looked at
    std::chrono::seconds deleted_idle{10};    // and one that holds the disk's space back
};

class LogFollower {
public:
    // Where a log starts that is seen for the first time, and that no cursor is known of.
    enum class Start { AtEnd, AtBeginning };

    // `store` may be null; `key` is the log's in it.
    LogFollower(std::string path, std::string key, std::shared_ptr<store::Store> store, Start start,
                FollowLimits limits = {});

    // Reads what is new, as far as the budget goes.
    void look(std::vector<char>& buffer, ReadBudget& budget, SteadyTime now, LineSink& sink);

    [[nodiscard]] const std::string& path() const { return path_; }
    // Empty when all is well.
    [[nodiscard]] const std::string& error() const { return error_; }
    [[nodiscard]] std::uint64_t unread_bytes() const { return unread_bytes_; }
    [[nodiscard]] std::uint64_t skipped_bytes() const { return skipped_bytes_; }
    [[nodiscard]] bool holds(const FileIdentity& identity) const;
    [[nodiscard]] std::size_t open_files() const { return files_.size(); }
    // What the store remembers goes, because the log does.
    void forget();
    // Nothing of it is left, neither open nor at its path.
    [[nodiscard]] bool is_over() const;

private:
    struct Open {
        LogFile file;
        SteadyTime moved_at; // when it was last found to have grown
        bool rotated = false;
    };

    bool may_begin(const ReadBudget& budget);
    void resume(SteadyTime now);
    void follow_path(ReadBudget& budget, SteadyTime now);
    void change_over(LogFile next, ReadBudget& budget, SteadyTime now);
    void open_missed(std::int64_t after_ns, ReadBudget& budget, SteadyTime now);
    void read_files(std::vector<char>& buffer, ReadBudget& budget, SteadyTime now, LineSink& sink);
    void recover_copy(std::size_t index, ReadBudget& budget, SteadyTime now);
    void close_finished(std::vector<char>& buffer, SteadyTime now, LineSink& sink);
    void add_first(LogFile file, SteadyTime now);
    void save();

    std::string path_;
    std::string key_;
    std::shared_ptr<store::Store> store_;
    Start start_;
    FollowLimits limits_;
    std::vector<Open> files_; // the oldest first; one that is not rotated is the last
    std::optional<std::int64_t>
        lost_at_ns_; // the file that a cursor means is gone; its last change
    bool looked_ = false;
    bool save_failed_ = false;
    std::string saved_;
    std::string error_;
    std::uint64_t unread_bytes_ = 0;
    std::uint64_t skipped_bytes_ = 0;
};

} // namespace opsmon::collect
