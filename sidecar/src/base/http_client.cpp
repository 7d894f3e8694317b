#include "base/http_client.hpp"

#include <mutex>

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opsmon {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 * 1024;

// A second descriptor of the socket in use: shutting it down ends the library's calls on the first,
// and unlike the first its number cannot be closed and reused by the library in between.
class SocketHandle {
public:
    ~SocketHandle() { release(); }

    void hold(int fd) {
        const std::lock_guard lock(mutex_);
        close_held();
        held_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    }

    void release() {
        const std::lock_guard lock(mutex_);
        close_held();
    }

    void shut_down() {
        const std::lock_guard lock(mutex_);
        if (held_ >= 0) {
            ::shutdown(held_, SHUT_RDWR);
        }
    }

private:
    void close_held() {
        if (held_ >= 0) {
            ::close(held_);
            held_ = -1;
        }
    }

    std::mutex mutex_;
    int held_ = -1;
};

std::string describe(httplib::Error error) {
    switch (error) {
    case httplib::Error::Connection:
        return "cannot connect";
    case httplib::Error::Read:
        return "no complete answer in time, or the connection was closed";
    case httplib::Error::SSLConnection:
        return "TLS handshake failed";
    case httplib::Error::SSLServerVerification:
        return "the TLS certificate is not valid for this name or not trusted";
    default:
        return httplib::to_string(error);
    }
}

} // namespace

struct HttpClient::State {
    State(const Url& url, std::chrono::milliseconds timeout)
        : target(url.target()), client(url.origin()) {
        client.set_connection_timeout(timeout);
        client.set_read_timeout(timeout);
        client.set_write_timeout(timeout);
        client.set_keep_alive(false);
        client.set_follow_location(false);
        client.set_url_encode(false);
        client.set_default_headers({{"User-Agent", "opsmon-sidecar/" OPSMON_VERSION}});
        client.set_socket_options([this](socket_t fd) { socket.hold(fd); });
    }

    std::string target;
    SocketHandle socket;
    httplib::Client client;
};

HttpClient::HttpClient(const Url& url, std::chrono::milliseconds timeout)
    : state_(std::make_unique<State>(url, timeout)) {}

HttpClient::~HttpClient() = default;

HttpOutcome HttpClient::get() {
    HttpOutcome outcome;
    std::size_t received = 0;
    const auto result = state_->client.Get(
        state_->target,
        [&](const httplib::Response& response) {
            outcome.status = response.status;
            return true;
        },
        [&](const char*, std::size_t bytes) {
            received += bytes;
            return received < kMaxBodyBytes;
        });
    state_->socket.release();
    if (result) {
        outcome.status = result->status; // the handler above is not called where there is no body
    } else if (received < kMaxBodyBytes) {
        outcome = {0, describe(result.error())};
    }
    return outcome;
}

void HttpClient::abort() {
    state_->socket.shut_down();
}

} // namespace opsmon
