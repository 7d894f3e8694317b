#pragma once
// This component provides both sides of ill-behaved HTTP for tests, on plain sockets of the
// loopback address: a server whose answer never ends, and a client that says what it likes.

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace opsmon::test {

// Answers every connection with `head`, then with `block` again and again, `pause` apart, until
// the other side closes.
class EndlessPeer {
public:
    EndlessPeer(std::string head, std::string block, std::chrono::milliseconds pause);
    ~EndlessPeer();
    EndlessPeer(const EndlessPeer&) = delete;
    EndlessPeer& operator=(const EndlessPeer&) = delete;
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::size_t sent_bytes() const { return sent_bytes_; }

private:
    void serve();

    std::string head_;
    std::string block_;
    std::chrono::milliseconds pause_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> sent_bytes_ = 0;
    std::thread thread_;
};

class RawClient {
public:
    explicit RawClient(int port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // The bytes that were taken: fewer when the server closed or took no more for 10 s.
    std::size_t send(const std::string& text);

    // All that comes until the server closes, with `drip` sent every 50 ms meanwhile; "still open"
    // after 10 s.
    std::string receive_all(const std::string& drip = "");

private:
    int fd_ = -1;
};

} // namespace opsmon::test
