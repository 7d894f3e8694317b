#include "base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

namespace opsmon {
namespace {

constexpr std::string_view kBlank = " \t\r\n\v\f";

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stopped != end) {
        return std::nullopt;
    }
    return number;
}

class File {
public:
    explicit File(const std::string& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~File() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

} // namespace

std::optional<double> parse_number(std::string_view text) {
    const auto number = parse_whole<double>(text);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<unsigned long long> parse_count(std::string_view text) {
    return parse_whole<unsigned long long>(text);
}

std::vector<std::string_view> split_words(std::string_view text, std::size_t limit) {
    std::vector<std::string_view> words;
    while (words.size() < limit) {
        const auto start = text.find_first_not_of(" \t");
        if (start == std::string_view::npos) {
            break;
        }
        text.remove_prefix(start);
        const auto end = std::min(text.find_first_of(" \t"), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

std::string_view take_line(std::string_view& text) {
    const auto newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    return line;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool matches_glob(const std::string& pattern, const std::string& text) {
    return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool matches_any_glob(const std::vector<std::string>& patterns, const std::string& text) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, text); });
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
    const File file(path);
    if (file.fd() < 0) {
        return Error{"cannot open " + path + ": " + std::strerror(errno)};
    }
    // One that nobody writes to would hold up whoever reads it, and with it a reload or the end.
    struct stat facts {};
    if (::fstat(file.fd(), &facts) != 0 || S_ISFIFO(facts.st_mode) || S_ISSOCK(facts.st_mode)) {
        return Error{path + " is not a file but a pipe or a socket"};
    }
    std::string content;
    char buffer[16384];
    for (;;) {
        const ssize_t got = ::read(file.fd(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return Error{"cannot read " + path + ": " + std::strerror(errno)};
        }
        if (got == 0) {
            return content;
        }
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > max_bytes) {
            return Error{path + " is larger than the limit of " + std::to_string(max_bytes) +
                         " bytes"};
        }
    }
}

} // namespace opsmon
