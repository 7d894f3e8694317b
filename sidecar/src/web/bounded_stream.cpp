#include "web/bounded_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <poll.h>
#include <sys/socket.h>

#include "web/security_headers.hpp"

namespace opsmon::web {
namespace {

constexpr std::chrono::milliseconds kDrainTime{500};
constexpr std::size_t kDrainBytesMax = 256 * 1024;

std::string answer_of(const char* status, const std::string& body) {
    return "HTTP/1.1 " + std::string(status) +
           "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nConnection: close\r\n" + security_header_lines() +
           "\r\n" + body;
}

// What a Go server says.
std::string not_plain() {
    return "HTTP/1.0 400 Bad Request\r\n" + security_header_lines() +
           "\r\nClient sent an HTTP request to an HTTPS server.\n";
}

} // namespace

BoundedStream::BoundedStream(Wire& wire, int stop_fd, const StreamLimits& limits)
    : wire_(wire),
      stop_fd_(stop_fd),
      limits_(limits),
      read_deadline_(steady_now() + limits.read_time) {}

ssize_t BoundedStream::read(char* data, size_t size) {
    if (begin_ == end_ && !refill()) {
        return refusal_ == Refusal::None ? 0 : -1;
    }
    const std::size_t taken = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, taken, data);
    begin_ += taken;
    return static_cast<ssize_t>(taken);
}

// False at the end of what the client sends, with no refusal, or else with one.
bool BoundedStream::refill() {
    if (refusal_ != Refusal::None) {
        return false;
    }
    const std::size_t room = std::min(buffer_.size(), limits_.request_bytes - received_);
    if (room == 0) {
        refusal_ = Refusal::TooLarge;
        return false;
    }
    while (steady_now() < read_deadline_) {
        const Moved got = wire_.receive(buffer_.data(), room);
        if (got.bytes > 0) {
            received_ += static_cast<std::size_t>(got.bytes);
            begin_ = 0;
            end_ = static_cast<std::size_t>(got.bytes);
            return true;
        }
        if (wire_.client_is_plain()) {
            wire_.send_plain(not_plain());
        }
        if (got.wait_for == 0) {
            return false;
        }
        if (!wait_for(got.wait_for, read_deadline_)) {
            break;
        }
    }
    refusal_ = stopping_ ? Refusal::Stopping : received_ == 0 ? Refusal::Empty : Refusal::TooLate;
    return false;
}

ssize_t BoundedStream::write(const char* data, size_t size) {
    return refusal_ == Refusal::None ? send_some(data, size) : -1;
}

// What can go out at once does so even after a stop: the answer to the last requests.
ssize_t BoundedStream::send_some(const char* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    if (!write_deadline_) {
        write_deadline_ = steady_now() + limits_.write_time;
    }
    while (steady_now() < *write_deadline_) {
        const Moved sent = wire_.send(data, size);
        if (sent.bytes > 0) {
            return sent.bytes;
        }
        if (sent.wait_for == 0 || !wait_for(sent.wait_for, *write_deadline_)) {
            return -1;
        }
    }
    return -1;
}

bool BoundedStream::wait_for(short events, SteadyTime deadline) {
    pollfd targets[] = {{wire_.fd(), events, 0}, {stop_fd_, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now());
    const int ready = ::poll(targets, 2, std::max(static_cast<int>(left.count()), 0));
    stopping_ = stopping_ || (ready > 0 && targets[1].revents != 0);
    return !stopping_ && (ready > 0 || (ready < 0 && errno == EINTR));
}

void BoundedStream::finish() {
    // Both fit: nothing was sent before them.
    if (refusal_ == Refusal::TooLate) {
        const auto answer = answer_of("408 Request Timeout", "the request did not come in time\n");
        send_some(answer.data(), answer.size());
        return; // there is nothing more to take
    }
    if (refusal_ == Refusal::TooLarge) {
        const auto answer = answer_of("413 Payload Too Large", "the request is too large\n");
        send_some(answer.data(), answer.size());
    } else if (refusal_ != Refusal::None || !more_has_come()) {
        return;
    }
    take_rest();
}

// Such as the body of a request that was answered by its head alone.
bool BoundedStream::more_has_come() const {
    char one = 0;
    return ::recv(wire_.fd(), &one, sizeof one, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void BoundedStream::take_rest() {
    wire_.end();
    ::shutdown(wire_.fd(), SHUT_WR);
    const auto deadline = steady_now() + kDrainTime;
    std::size_t drained = 0;
    while (drained < kDrainBytesMax && steady_now() < deadline && wait_for(POLLIN, deadline)) {
        const Moved got = Wire(wire_.fd()).receive(buffer_.data(), buffer_.size());
        if (got.bytes <= 0 && got.wait_for == 0) {
            return;
        }
        drained += got.bytes > 0 ? static_cast<std::size_t>(got.bytes) : 0;
    }
}

// Nothing here depends on who asks.
void BoundedStream::get_remote_ip_and_port(std::string&, int&) const {}

void BoundedStream::get_local_ip_and_port(std::string&, int&) const {}

} // namespace opsmon::web
