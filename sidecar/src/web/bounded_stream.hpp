#pragma once
// This component provides `BoundedStream`: one HTTP connection as the library reads and writes it,
// with a limit on the bytes of a request and absolute deadlines for reading it and for writing the
// answer. The web server uses it because the library limits neither the headers nor the whole time.
// It never blocks beyond its deadlines, nor once the stop descriptor has become readable.

#include <array>
#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/http_library.hpp"
#include "web/wire.hpp"

namespace opsmon::web {

struct StreamLimits {
    std::size_t request_bytes;
    std::chrono::milliseconds read_time;  // for the whole request, from the stream's beginning
    std::chrono::milliseconds write_time; // for the whole answer, from its first byte
};

class BoundedStream : public LibraryStream {
public:
    enum class Refusal { None, Empty, TooLarge, TooLate, Stopping };

    // `wire` and `stop_fd` stay the caller's.
    BoundedStream(Wire& wire, int stop_fd, const StreamLimits& limits);

    bool is_readable() const override { return refusal_ == Refusal::None; }
    ssize_t read(char* data, size_t size) override;
    ssize_t write(const char* data, size_t size) override;
    using Stream::write;
    void get_remote_ip_and_port(std::string& ip, int& port) const override;
    void get_local_ip_and_port(std::string& ip, int& port) const override;
    socket_t socket() const override { return wire_.fd(); }

    // Says why the request was not read to its end, if that is not said yet, and takes its rest for
    // a moment: closing at once would take the answer away from the client.
    void finish();

private:
    bool refill();
    [[nodiscard]] bool more_has_come() const;
    void take_rest();
    bool wait_for(short events, SteadyTime deadline);
    ssize_t send_some(const char* data, size_t size);

    Wire& wire_;
    int stop_fd_;
    StreamLimits limits_;
    SteadyTime read_deadline_;
    std::optional<SteadyTime> write_deadline_;
    Refusal refusal_ = Refusal::None;
    bool stopping_ = false;
    std::size_t received_ = 0;
    std::array<char, 4096> buffer_; // the library reads headers byte by byte
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace opsmon::web
