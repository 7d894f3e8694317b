#include "base/bounded_http.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

namespace opsmon {
namespace {

// What keeps the library from asking leave, as it is in a head.
constexpr std::string_view kNotSent = "Expect: \r\n";

class BoundedStream : public LibraryStream {
public:
    // The library has given the socket its time-outs.
    BoundedStream(socket_t fd, SSL* tls, bool& line_too_long)
        : fd_(fd), tls_(tls), line_too_long_(line_too_long) {}

    [[nodiscard]] bool is_readable() const override { return true; }

    ssize_t read(char* to, std::size_t size) override {
        while (!final_ && is_informational()) {
            if (!skip_head()) {
                return -1;
            }
        }
        final_ = true;
        if (at_ == end_ && !fill()) {
            return failed_ ? -1 : 0;
        }
        const std::size_t taken = std::min(size, end_ - at_);
        std::copy_n(buffer_.data() + at_, taken, to);
        at_ += taken;
        // The library reads the lines of a head, and only those, byte by byte.
        return size == 1 && !fits(*to) ? -1 : static_cast<ssize_t>(taken);
    }

    // The library writes the whole head at once, before all else.
    ssize_t write(const char* from, std::size_t size) override {
        return std::exchange(head_is_sent_, true) ? send(from, size) : send_head(from, size);
    }

    void get_remote_ip_and_port(std::string&, int&) const override {}
    void get_local_ip_and_port(std::string&, int&) const override {}
    [[nodiscard]] socket_t socket() const override { return fd_; }

private:
    ssize_t send(const char* from, std::size_t size) {
        for (;;) {
            const ssize_t sent = tls_ != nullptr ? SSL_write(tls_, from, static_cast<int>(size))
                                                 : ::send(fd_, from, size, MSG_NOSIGNAL);
            if (tls_ != nullptr || sent >= 0 || errno != EINTR) {
                return sent;
            }
        }
    }

    ssize_t send_head(const char* from, std::size_t size) {
        std::string head(from, size);
        if (const std::size_t at = head.find(kNotSent); at != std::string::npos) {
            head.erase(at, kNotSent.size());
        }
        for (std::string_view left = head; !left.empty();) {
            const ssize_t sent = send(left.data(), left.size());
            if (sent <= 0) {
                return -1;
            }
            left.remove_prefix(static_cast<std::size_t>(sent));
        }
        return static_cast<ssize_t>(size);
    }

    bool fill() {
        at_ = end_ = 0;
        return fill_up();
    }

    // What was not taken yet stays.
    bool fill_up() {
        char* const to = buffer_.data() + end_;
        const std::size_t room = buffer_.size() - end_;
        ssize_t got = 0;
        do {
            got = tls_ != nullptr ? SSL_read(tls_, to, static_cast<int>(room))
                                  : ::recv(fd_, to, room, 0);
        } while (tls_ == nullptr && got < 0 && errno == EINTR);
        // At the end of TLS without a farewell, a body of known length tells by itself if it is
        // cut.
        failed_ = tls_ != nullptr ? got <= 0 && SSL_get_error(tls_, static_cast<int>(got)) !=
                                                    SSL_ERROR_ZERO_RETURN
                                  : got < 0;
        end_ += got > 0 ? static_cast<std::size_t>(got) : 0;
        return got > 0;
    }

    // The head that begins here is of an answer before the answer, "HTTP/1.1 103 Early Hints". The
    // library would take it for the answer. (Nobody asked for 101, another protocol.)
    bool is_informational() {
        constexpr std::string_view kBegin = "HTTP/1.";
        constexpr std::size_t kBytes = 12; // with the status
        if (at_ > 0) {
            std::copy(buffer_.data() + at_, buffer_.data() + end_, buffer_.data());
            end_ -= std::exchange(at_, 0);
        }
        while (end_ < kBytes) {
            if (!fill_up()) {
                return false;
            }
        }
        const std::string_view line(buffer_.data(), kBytes);
        return line.starts_with(kBegin) && line[8] == ' ' && line[9] == '1' &&
               line.substr(9) != "101";
    }

    // To behind its empty line.
    bool skip_head() {
        std::size_t line_bytes = 0;
        bool is_status = true;
        for (;;) {
            if (at_ == end_ && !fill()) {
                return false;
            }
            const char c = buffer_[at_++];
            if (c == '\n' && line_bytes == 0) {
                return true;
            }
            is_status = is_status && c != '\n';
            line_bytes = c == '\n' ? 0 : line_bytes + (c == '\r' ? 0 : 1);
            line_too_long_ = line_bytes > (is_status ? kMaxStatusLineBytes : kMaxHeadLineBytes);
            if (line_too_long_) {
                return false;
            }
        }
    }

    bool fits(char next) {
        if (next == '\n') {
            line_bytes_ = 0;
            may_be_status_ = true;
            return true;
        }
        constexpr std::string_view kBegin = "HTTP/";
        if (line_bytes_ < kBegin.size() && next != kBegin[line_bytes_]) {
            may_be_status_ = false;
        }
        ++line_bytes_;
        line_too_long_ = line_bytes_ > (may_be_status_ ? kMaxStatusLineBytes : kMaxHeadLineBytes);
        return !line_too_long_;
    }

    socket_t fd_;
    SSL* tls_;
    bool& line_too_long_;
    bool head_is_sent_ = false;
    std::array<char, 4096> buffer_{};
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    bool failed_ = false;
    bool final_ = false; // the head of the answer itself has begun
    std::size_t line_bytes_ = 0;
    bool may_be_status_ = true;
};

class BoundedClient : public LibraryClient {
public:
    BoundedClient(const Url& url, HttpTrouble& trouble)
        : LibraryClient(url.host, url.port), trouble_(trouble) {
        if (url.tls) {
            tls_.emplace(url.host);
        }
    }

private:
    bool use(socket_t fd, const Callback& callback) override {
        HttpTls::Session session(nullptr, SSL_free);
        if (tls_ && !(session = tls_->start(fd, trouble_.tls))) {
            return false;
        }
        BoundedStream stream(fd, session.get(), trouble_.line_too_long);
        const bool done = callback(stream);
        if (done && session) {
            SSL_shutdown(session.get()); // says goodbye, and waits for none
        }
        return done;
    }

    HttpTrouble& trouble_;
    std::optional<HttpTls> tls_;
};

} // namespace

void ask_no_leave(httplib::Request& request) {
    request.headers.emplace("Expect", "");
}

std::unique_ptr<httplib::ClientImpl> make_bounded_client(const Url& url, HttpTrouble& trouble) {
    return std::make_unique<BoundedClient>(url, trouble);
}

} // namespace opsmon
