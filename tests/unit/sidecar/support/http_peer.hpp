#pragma once
// This component provides the other side of HTTP for tests, on a free port of the loopback address:
// a server that answers in several ways, and one that accepts a connection and never says a word.

#include <memory>

namespace opsmon::test {

// GET /status/<code>, /redirect, /endless.
class HttpPeer {
public:
    HttpPeer();
    ~HttpPeer();
    [[nodiscard]] int port() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

class SilentPeer {
public:
    SilentPeer();
    ~SilentPeer();
    SilentPeer(const SilentPeer&) = delete;
    SilentPeer& operator=(const SilentPeer&) = delete;
    [[nodiscard]] int port() const { return port_; }

    // Accepts one connection and waits for its first bytes; false when none came in 10 s.
    bool wait_for_request();

private:
    int listener_ = -1;
    int accepted_ = -1;
    int port_ = 0;
};

} // namespace opsmon::test
