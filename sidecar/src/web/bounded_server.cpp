#include "web/bounded_server.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opsmon::web {
namespace {

constexpr int kBacklog = 128;

// A request that announces no body has none, as curl -X POST sends it; the library would wait for
// one until the connection ends.
void announce_body(httplib::Request& request) {
    if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) {
        request.headers.emplace("Content-Length", "0");
    }
}

} // namespace

BoundedServer::BoundedServer(const StreamLimits& limits, TlsSource tls)
    : limits_(limits), tls_(std::move(tls)), stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

BoundedServer::~BoundedServer() {
    if (stop_fd_ >= 0) {
        ::close(stop_fd_);
    }
}

bool BoundedServer::bind_to(const std::string& host, int port) {
    // The library lets five connections wait; more lose their first packet, and with it a second.
    return bind_to_port(host, port) && ::listen(svr_sock_, kBacklog) == 0;
}

void BoundedServer::stop_now() {
    ::eventfd_write(stop_fd_, 1);
    stop();
}

bool BoundedServer::process_and_close_socket(socket_t fd) {
    const TlsContext tls = tls_();
    Wire wire = tls ? Wire(fd, tls) : Wire(fd);
    BoundedStream stream(wire, stop_fd_, limits_);
    constexpr bool kCloseConnection = true; // a connection kept open would hold a thread
    bool closed_by_client = false;
    // Ranges may overlap without end, and to compress an answer costs more than it saves: the
    // library is to do neither. What is compressed beforehand still can be sent so.
    const auto ignore_extras = [](httplib::Request& request) {
        announce_body(request);
        request.ranges.clear();
        request.headers.erase(kAcceptedEncodings);
        const auto given = request.headers.find("Accept-Encoding");
        if (given != request.headers.end()) {
            request.headers.emplace(kAcceptedEncodings, given->second);
        }
        request.headers.erase("Accept-Encoding");
    };
    const bool answered = answer(stream, kCloseConnection, closed_by_client, ignore_extras);
    stream.finish();
    wire.end();
    ::shutdown(fd, SHUT_RDWR);
    ::close(fd);
    return answered;
}

} // namespace opsmon::web
