#include "support/raw_peer.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opsmon::test {
namespace {

constexpr int kPatience_ms = 10'000;

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

bool ready(int fd, short events, int patience_ms) {
    pollfd target{fd, events, 0};
    return ::poll(&target, 1, patience_ms) > 0;
}

} // namespace

EndlessPeer::EndlessPeer(std::string head, std::string block, std::chrono::milliseconds pause)
    : head_(std::move(head)),
      block_(std::move(block)),
      pause_(pause),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
        throw std::runtime_error("no free port on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

EndlessPeer::~EndlessPeer() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
}

void EndlessPeer::serve() {
    constexpr int kTick_ms = 20; // how often a stop is looked for
    while (!stopping_) {
        if (!ready(listener_, POLLIN, kTick_ms)) {
            continue;
        }
        const int fd = ::accept(listener_, nullptr, nullptr);
        std::string_view rest = head_;
        while (!stopping_) {
            if (!ready(fd, POLLOUT, kTick_ms)) {
                continue;
            }
            const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 ||
                (pause_.count() > 0 && ready(fd, POLLRDHUP, static_cast<int>(pause_.count())))) {
                break;
            }
            sent_bytes_ += static_cast<std::size_t>(sent);
            rest.remove_prefix(static_cast<std::size_t>(sent));
            rest = rest.empty() ? std::string_view(block_) : rest;
        }
        ::close(fd);
    }
}

RawClient::RawClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect to the server under test");
    }
}

RawClient::~RawClient() {
    ::close(fd_);
}

std::size_t RawClient::send(const std::string& text) {
    std::size_t done = 0;
    while (done < text.size() && ready(fd_, POLLOUT, kPatience_ms)) {
        const auto sent =
            ::send(fd_, text.data() + done, text.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            break;
        }
        done += static_cast<std::size_t>(sent);
    }
    return done;
}

std::string RawClient::receive_all(const std::string& drip) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience_ms);
    std::string text;
    while (std::chrono::steady_clock::now() < deadline) {
        if (!ready(fd_, POLLIN, 50)) {
            ::send(fd_, drip.data(), drip.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            continue;
        }
        char data[4096];
        const auto got = ::recv(fd_, data, sizeof data, MSG_DONTWAIT);
        if (got <= 0) {
            return text;
        }
        text.append(data, static_cast<std::size_t>(got));
    }
    return "still open";
}

} // namespace opsmon::test
