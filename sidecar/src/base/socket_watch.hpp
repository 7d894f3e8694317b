#pragma once
// This component provides `SocketWatch`: the guard of one request under way. It ends the request's
// socket at an absolute deadline and as soon as it has received too much, whatever a library is
// doing with it: connecting, a TLS handshake, reading headers. The HTTP client uses it. One thread
// serves all watches of the process; it never reads or closes the socket of the library.

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace opsmon {

class SocketWatch {
public:
    enum class Verdict { Goes, TooLate, TooMuch };

    SocketWatch() = default;
    ~SocketWatch() { end(); }
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;

    void begin(SteadyTime deadline, std::uint64_t received_bytes_max);
    void hold(int fd); // the request's socket from now on
    void shut_down();  // ends the request now, from any thread
    Verdict end();     // the request is over; says whether the watch ended it

private:
    friend class SocketWatcher;
    void look(SteadyTime now);
    void close_held();

    // All under the lock of the thread that serves the watches.
    SteadyTime deadline_;
    std::uint64_t received_bytes_max_ = 0;
    Verdict verdict_ = Verdict::Goes;
    int held_ = -1;
};

} // namespace opsmon
