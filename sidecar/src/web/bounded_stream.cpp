#include "web/bounded_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

namespace opsmon::web {
namespace {

constexpr std::chrono::milliseconds kDrainTime{500};
constexpr std::size_t kDrainBytesMax = 256 * 1024;

constexpr std::string_view kTooLarge =
    "HTTP/1.1 413 Payload Too Large\r\nContent-Type: text/plain\r\nContent-Length: 25\r\n"
    "Connection: close\r\n\r\nthe request is too large\n";
constexpr std::string_view kTooLate =
    "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

BoundedStream::BoundedStream(socket_t fd, int stop_fd, const StreamLimits& limits)
    : fd_(fd),
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
        const ssize_t got = ::recv(fd_, buffer_.data(), room, MSG_DONTWAIT);
        if (got > 0) {
            received_ += static_cast<std::size_t>(got);
            begin_ = 0;
            end_ = static_cast<std::size_t>(got);
            return true;
        }
        if (got == 0 || !would_block()) {
            return false;
        }
        if (!wait_for(POLLIN, read_deadline_)) {
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
    if (!write_deadline_) {
        write_deadline_ = steady_now() + limits_.write_time;
    }
    while (steady_now() < *write_deadline_) {
        const ssize_t sent = ::send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0) {
            return sent;
        }
        if (!would_block() || !wait_for(POLLOUT, *write_deadline_)) {
            return -1;
        }
    }
    return -1;
}

bool BoundedStream::wait_for(short events, SteadyTime deadline) {
    pollfd targets[] = {{fd_, events, 0}, {stop_fd_, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_now());
    const int ready = ::poll(targets, 2, std::max(static_cast<int>(left.count()), 0));
    stopping_ = stopping_ || (ready > 0 && targets[1].revents != 0);
    return !stopping_ && (ready > 0 || (ready < 0 && errno == EINTR));
}

void BoundedStream::answer_refusal() {
    if (refusal_ != Refusal::TooLarge && refusal_ != Refusal::TooLate) {
        return;
    }
    const std::string_view answer = refusal_ == Refusal::TooLarge ? kTooLarge : kTooLate;
    send_some(answer.data(), answer.size()); // it fits: nothing was sent before it
    if (refusal_ == Refusal::TooLate) {
        return; // there is nothing more to take
    }
    ::shutdown(fd_, SHUT_WR);
    const auto deadline = steady_now() + kDrainTime;
    std::size_t drained = 0;
    while (drained < kDrainBytesMax && steady_now() < deadline && wait_for(POLLIN, deadline)) {
        const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && !would_block())) {
            return;
        }
        drained += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
}

// Nothing here depends on who asks.
void BoundedStream::get_remote_ip_and_port(std::string&, int&) const {}

void BoundedStream::get_local_ip_and_port(std::string&, int&) const {}

} // namespace opsmon::web
