#include "collect/access_log/log_follower.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/stat.h>

#include "base/log.hpp"
#include "collect/access_log/log_siblings.hpp"

namespace opsmon::collect {
namespace {

constexpr const char* kKind = "access_log";
constexpr std::size_t kMaxOpen = 16;
constexpr int kMaxTruncationsPerLook = 4;

bool take_file(ReadBudget& budget) {
    if (budget.files == 0) {
        return false;
    }
    --budget.files;
    return true;
}

} // namespace

LogFollower::LogFollower(std::string path, std::string key, std::shared_ptr<store::Store> store,
                         Start start, FollowLimits limits)
    : path_(std::move(path)),
      key_(std::move(key)),
      store_(std::move(store)),
      start_(start),
      limits_(limits) {}

void LogFollower::look(std::vector<char>& buffer, ReadBudget& budget, SteadyTime now,
                       LineSink& sink) {
    error_.clear();
    const bool begins = files_.empty();
    if (begins && !may_begin(budget)) {
        unread_bytes_ = 0;
        return; // what the store remembers waits, too
    }
    if (!looked_) {
        resume(now);
        budget.files -= std::min(budget.files, files_.size());
    }
    follow_path(budget, now);
    looked_ = true;
    if (begins && !files_.empty()) {
        --budget.new_logs;
    }
    read_files(buffer, budget, now, sink);
    close_finished(buffer, now, sink);
    unread_bytes_ = 0;
    for (const Open& open : files_) {
        unread_bytes_ += open.file.unread_bytes();
    }
    save();
}

bool LogFollower::may_begin(const ReadBudget& budget) {
    if (budget.new_logs == 0 || budget.files == 0) {
        error_ = "too many access logs are open at once to follow " + path_ +
                 ", too; raise the limit of open files (LimitNOFILE=)";
        return false;
    }
    return true;
}

void LogFollower::forget() {
    if (store_) {
        (void)store_->remove(kKind, key_); // a row too many harms nobody
    }
}

bool LogFollower::holds(const FileIdentity& identity) const {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const Open& open) { return open.file.identity() == identity; });
}

bool LogFollower::is_over() const {
    struct stat facts {};
    return files_.empty() && ::stat(path_.c_str(), &facts) != 0 && errno == ENOENT;
}

void LogFollower::resume(SteadyTime now) {
    if (!store_) {
        return;
    }
    const auto text = store_->read(kKind, key_);
    const auto cursors = text && *text ? parse_cursors(**text) : std::nullopt;
    if (!cursors) {
        return;
    }
    std::vector<LogSibling> places = list_siblings(path_);
    places.insert(places.begin(), LogSibling{path_, {}, 0, 0});
    for (const LogCursor& cursor : *cursors) {
        bool found = false;
        for (const LogSibling& place : places) {
            auto file = LogFile::open(place.path);
            if (!file || !(file->identity() == cursor.identity)) {
                continue;
            }
            file->go_to(cursor);
            file->mark_as_past();
            log::info("goes on with an access log where it stopped",
                      {{"file", place.path},
                       {"offset", std::to_string(cursor.offset)},
                       {"unread_bytes", std::to_string(file->unread_bytes())}});
            // The path's own file is found out by follow_path().
            files_.push_back({std::move(*file), now, &cursor != &cursors->back()});
            found = true;
            break;
        }
        if (!found && &cursor == &cursors->back()) {
            lost_at_ns_ = cursor.modified_ns;
            log::warning("an access log was rotated away while nobody looked; its last lines are "
                         "not counted",
                         {{"file", path_}});
        }
    }
}

void LogFollower::follow_path(ReadBudget& budget, SteadyTime now) {
    struct stat facts {};
    if (::stat(path_.c_str(), &facts) != 0) {
        // Between a rename and the new file there may be nothing for a moment.
        if (files_.empty()) {
            error_ = "cannot follow " + path_ + ": " + std::strerror(errno);
        }
        if (!looked_ && errno == ENOENT) {
            start_ = Start::AtBeginning; // all that it will hold is new
        }
        return;
    }
    if (!files_.empty() && !files_.back().rotated &&
        files_.back().file.identity() == FileIdentity{facts.st_dev, facts.st_ino}) {
        return;
    }
    auto file = LogFile::open(path_);
    if (!file) {
        error_ = file.error().message;
        return;
    }
    if (holds(file->identity())) {
        return; // it was renamed just now
    }
    if (!take_file(budget)) {
        error_ = "too many access logs are open at once to go on with " + path_ +
                 "; raise the limit of open files (LimitNOFILE=)";
        for (Open& open : files_) {
            open.rotated = true; // each that is closed makes room
        }
        return;
    }
    if (files_.empty() && !lost_at_ns_) {
        add_first(std::move(*file), now);
        return;
    }
    change_over(std::move(*file), budget, now);
}

void LogFollower::add_first(LogFile file, SteadyTime now) {
    if (start_ == Start::AtEnd) {
        file.go_to_end();
    }
    start_ = Start::AtBeginning;
    files_.push_back({std::move(file), now, false});
}

void LogFollower::change_over(LogFile next, ReadBudget& budget, SteadyTime now) {
    const std::int64_t after = lost_at_ns_ ? *lost_at_ns_ : files_.back().file.cursor().modified_ns;
    lost_at_ns_.reset();
    for (Open& open : files_) {
        open.rotated = true;
    }
    const FileIdentity identity = next.identity();
    if (!looked_) {
        next.mark_as_past();
    }
    files_.push_back({std::move(next), now, false});
    open_missed(after, budget, now);
    // open_missed() may have put files behind the new one, to know what is held; it goes last.
    std::stable_partition(files_.begin(), files_.end(),
                          [&](const Open& open) { return !(open.file.identity() == identity); });
}

void LogFollower::open_missed(std::int64_t after_ns, ReadBudget& budget, SteadyTime now) {
    for (const LogSibling& sibling : list_siblings(path_)) {
        if (sibling.modified_ns <= after_ns || holds(sibling.identity) ||
            files_.size() >= kMaxOpen) {
            continue;
        }
        auto file = LogFile::open(sibling.path);
        if (!file || holds(file->identity()) || !take_file(budget)) {
            continue;
        }
        if (!looked_) {
            file->mark_as_past();
        }
        log::info("an access log was rotated more than once between two looks",
                  {{"file", sibling.path}});
        files_.push_back({std::move(*file), now, true});
    }
}

void LogFollower::read_files(std::vector<char>& buffer, ReadBudget& budget, SteadyTime now,
                             LineSink& sink) {
    int truncations = 0;
    for (std::size_t i = 0; i < files_.size();) {
        const std::uint64_t skipped = files_[i].file.skip_all_but(limits_.backlog_bytes);
        if (skipped > 0) {
            skipped_bytes_ += skipped;
            log::warning("an access log is too far behind; its older part is passed over",
                         {{"file", path_}, {"skipped_bytes", std::to_string(skipped)}});
        }
        const std::uint64_t before = files_[i].file.unread_bytes();
        const ReadEnd end = files_[i].file.read(buffer, budget, sink);
        if (before != files_[i].file.unread_bytes()) {
            files_[i].moved_at = now;
        }
        if (end == ReadEnd::Truncated && truncations++ < kMaxTruncationsPerLook) {
            recover_copy(i, budget, now); // the copy now stands here, and the emptied one behind it
            continue;
        }
        if (end == ReadEnd::Failed) {
            error_ = path_ + ": " + files_[i].file.error();
        }
        ++i;
    }
}

void LogFollower::recover_copy(std::size_t index, ReadBudget& budget, SteadyTime now) {
    const LogCursor cursor = files_[index].file.cursor();
    files_[index].file.start_anew();
    if (cursor.fingerprint.size == 0) {
        return;
    }
    std::vector<LogSibling> siblings = list_siblings(path_);
    std::reverse(siblings.begin(), siblings.end()); // the newest copy first
    for (const LogSibling& sibling : siblings) {
        if (sibling.size <= cursor.offset || holds(sibling.identity)) {
            continue;
        }
        auto file = LogFile::open(sibling.path);
        if (!file || !file->matches(cursor.fingerprint) || !take_file(budget)) {
            continue;
        }
        LogCursor place = cursor;
        place.identity = file->identity();
        file->go_to(place);
        files_.insert(files_.begin() + static_cast<std::ptrdiff_t>(index),
                      Open{std::move(*file), now, true});
        return;
    }
}

void LogFollower::close_finished(std::vector<char>& buffer, SteadyTime now, LineSink& sink) {
    for (auto open = files_.begin(); open != files_.end();) {
        const bool deleted = open->file.is_deleted();
        const auto patience = deleted ? limits_.deleted_idle : limits_.idle;
        // Unread is only the beginning of a line, or what the budget did not reach.
        const bool reached = open->file.unread_bytes() <= kMaxLineBytes;
        if ((open->rotated || deleted) && reached && now - open->moved_at >= patience) {
            open->file.read_rest(buffer, sink);
            open = files_.erase(open);
        } else {
            ++open;
        }
    }
    while (files_.size() > kMaxOpen) {
        skipped_bytes_ += files_.front().file.unread_bytes();
        files_.erase(files_.begin());
    }
}

void LogFollower::save() {
    if (!store_ || files_.empty()) {
        return;
    }
    std::vector<LogCursor> cursors;
    for (const Open& open : files_) {
        cursors.push_back(open.file.cursor());
    }
    std::string text = format_cursors(cursors);
    if (text == saved_) {
        return;
    }
    if (const auto written = store_->write_through(kKind, key_, text)) {
        saved_ = std::move(text);
        save_failed_ = false;
    } else if (!std::exchange(save_failed_, true)) {
        log::warning("cannot remember how far an access log was read; after a restart lines would "
                     "be counted again",
                     {{"file", path_}, {"error", written.error().message}});
    }
}

} // namespace opsmon::collect
