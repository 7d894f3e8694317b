#pragma once
// This component provides `BoundedServer`: the library's HTTP server with one request a connection,
// read and answered through a `BoundedStream`, plain or through TLS. The web server uses it. It
// knows no route.

#include <functional>
#include <string>

#include "base/http_library.hpp"
#include "web/bounded_stream.hpp"

namespace opsmon::web {

// Under this name handlers find what the client gave as Accept-Encoding, and the library does not.
inline constexpr const char* kAcceptedEncodings = "X-Opsmon-Accept-Encoding";

// The context of a new connection; null for plain HTTP.
using TlsSource = std::function<TlsContext()>;

class BoundedServer : public LibraryServer {
public:
    BoundedServer(const StreamLimits& limits, TlsSource tls);
    ~BoundedServer() override;

    [[nodiscard]] bool is_valid() const override { return stop_fd_ >= 0; }

    bool bind_to(const std::string& host, int port);

    // Stops listening and ends what waits for a client. Once only: the library takes a second call,
    // made while the first is at work, for a bug.
    void stop_now();

private:
    bool process_and_close_socket(socket_t fd) override;

    StreamLimits limits_;
    TlsSource tls_;
    int stop_fd_; // readable from the stop on, for every connection at once
};

} // namespace opsmon::web
