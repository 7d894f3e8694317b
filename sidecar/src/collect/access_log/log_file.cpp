#include "collect/access_log/log_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace opsmon::collect {
namespace {

std::string_view read_first(int fd, std::array<char, kMaxFingerprintBytes>& buffer,
                            std::size_t size) {
    const ssize_t got = ::pread(fd, buffer.data(), size, 0);
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::uint64_t size_of(int fd) {
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

std::string reason() {
    return std::strerror(errno);
}

} // namespace

Result<LogFile> LogFile::open(const std::string& path) {
    // A FIFO without a writer would hold open() up without O_NONBLOCK.
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        const std::string hint =
            errno == EACCES ? "; let the sidecar's user read it (on Debian: group adm)" : "";
        return Error{"cannot open " + path + ": " + reason() + hint, true};
    }
    LogFile file(fd);
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) {
        return Error{"cannot look at " + path + ": " + reason(), true};
    }
    if (!S_ISREG(facts.st_mode)) {
        return Error{path + " is not a regular file; give the path of a log file", false};
    }
    file.cursor_.identity = {facts.st_dev, facts.st_ino};
    return file;
}

LogFile::~LogFile() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

LogFile::LogFile(LogFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      cursor_(other.cursor_),
      past_end_(other.past_end_),
      error_(std::move(other.error_)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    cursor_ = other.cursor_;
    past_end_ = other.past_end_;
    error_ = std::move(other.error_);
    return *this;
}

bool LogFile::matches(const Fingerprint& fingerprint) const {
    std::array<char, kMaxFingerprintBytes> buffer;
    return fingerprint_of(read_first(fd_, buffer, fingerprint.size)) == fingerprint;
}

bool LogFile::still_the_same(std::uint64_t size) {
    if (size < cursor_.offset || (cursor_.fingerprint.size > 0 && !matches(cursor_.fingerprint))) {
        return false;
    }
    const auto wanted = std::min<std::uint64_t>(size, kMaxFingerprintBytes);
    if (wanted > cursor_.fingerprint.size) {
        std::array<char, kMaxFingerprintBytes> buffer;
        cursor_.fingerprint = fingerprint_of(read_first(fd_, buffer, wanted));
    }
    return true;
}

ReadEnd LogFile::read(std::vector<char>& buffer, ReadBudget& budget, LineSink& sink) {
    error_.clear();
    while (true) {
        // Before each piece: a log may be emptied at any time.
        const std::uint64_t size = size_of(fd_);
        if (!still_the_same(size)) {
            return ReadEnd::Truncated;
        }
        if (size <= cursor_.offset) {
            return ReadEnd::AllRead;
        }
        if (budget.exhausted()) {
            return ReadEnd::BudgetExhausted;
        }
        const ssize_t got =
            ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(cursor_.offset));
        if (got < 0) {
            error_ = "cannot read: " + reason();
            return ReadEnd::Failed;
        }
        const bool live = cursor_.offset >= past_end_;
        const std::size_t done = split_lines({buffer.data(), static_cast<std::size_t>(got)}, live,
                                             cursor_.discarding, sink);
        cursor_.offset += done;
        budget.bytes -= std::min<std::uint64_t>(budget.bytes, done);
        if (done == 0) {
            return ReadEnd::AllRead; // what is left is the beginning of a line
        }
    }
}

void LogFile::read_rest(std::vector<char>& buffer, LineSink& sink) {
    const ssize_t got =
        ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(cursor_.offset));
    if (got > 0 && static_cast<std::size_t>(got) <= kMaxLineBytes && !cursor_.discarding) {
        sink.take_line({buffer.data(), static_cast<std::size_t>(got)}, false);
        cursor_.offset += static_cast<std::uint64_t>(got);
    }
}

void LogFile::go_to_end() {
    const std::uint64_t size = size_of(fd_);
    const std::uint64_t begin = size - std::min<std::uint64_t>(size, kMaxLineBytes);
    std::string tail(static_cast<std::size_t>(size - begin), '\0');
    const ssize_t got = ::pread(fd_, tail.data(), tail.size(), static_cast<off_t>(begin));
    tail.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    const auto newline = tail.rfind('\n');
    cursor_.offset = newline == std::string::npos ? begin : begin + newline + 1;
    cursor_.discarding = newline == std::string::npos && begin > 0;
    still_the_same(size);
}

void LogFile::go_to(const LogCursor& cursor) {
    cursor_ = cursor;
}

void LogFile::start_anew() {
    cursor_ = LogCursor{cursor_.identity, 0, {}, 0, false};
    past_end_ = 0;
}

void LogFile::mark_as_past() {
    past_end_ = size_of(fd_);
}

std::uint64_t LogFile::skip_all_but(std::uint64_t bytes) {
    const std::uint64_t unread = unread_bytes();
    if (unread <= bytes) {
        return 0;
    }
    cursor_.offset += unread - bytes;
    cursor_.discarding = true; // most likely amid a line
    return unread - bytes;
}

LogCursor LogFile::cursor() const {
    LogCursor out = cursor_;
    struct stat facts {};
    if (::fstat(fd_, &facts) == 0) {
        out.modified_ns =
            static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 + facts.st_mtim.tv_nsec;
    }
    return out;
}

std::uint64_t LogFile::unread_bytes() const {
    const std::uint64_t size = size_of(fd_);
    return size > cursor_.offset ? size - cursor_.offset : 0;
}

bool LogFile::is_deleted() const {
    struct stat facts {};
    return ::fstat(fd_, &facts) == 0 && facts.st_nlink == 0;
}

} // namespace opsmon::collect
