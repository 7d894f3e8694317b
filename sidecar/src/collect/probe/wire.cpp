#include "collect/probe/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace opsmon::collect {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

std::string text_of(int problem) {
    return std::generic_category().message(problem);
}

} // namespace

Wire::~Wire() {
    tls_.reset();
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

bool Wire::wait(short events) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline_ - steady_now()).count();
        if (left <= 0) {
            return outcome_.fail(Reason::Timeout, "no complete answer in time");
        }
        pollfd item{fd_, events, 0};
        const int ready = ::poll(&item, 1, static_cast<int>(std::min<long long>(left, 60'000)));
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return fail_errno(errno, "waiting");
        }
    }
}

bool Wire::fail_errno(int problem, const std::string& doing) {
    const Reason reason = problem == ECONNREFUSED || problem == ENOENT ? Reason::Refused
                          : problem == ECONNRESET || problem == EPIPE  ? Reason::Reset
                          : problem == ETIMEDOUT                       ? Reason::Timeout
                                                                       : Reason::Unreachable;
    return outcome_.fail(reason, doing + ": " + text_of(problem));
}

// False with `problem` 0 when the outcome says it already.
bool Wire::open(const sockaddr* address, socklen_t length, int& problem) {
    problem = 0;
    if (fd_ >= 0) {
        ::close(fd_);
    }
    fd_ = ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
        problem = errno;
        return false;
    }
    if (::connect(fd_, address, length) == 0) {
        return true;
    }
    problem = errno;
    if (problem != EINPROGRESS) {
        return false;
    }
    problem = 0;
    if (!wait(POLLOUT)) {
        return false;
    }
    socklen_t size = sizeof problem;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &problem, &size);
    return problem == 0;
}

bool Wire::connect(Resolver& resolver, const HostPort& to) {
    const SteadyTime begun = steady_now();
    const auto addresses = resolver.resolve(to.host, to.port, deadline_);
    const SteadyTime resolved = steady_now();
    if (!addresses || addresses->empty()) {
        return outcome_.fail(Reason::Dns,
                             "looking up " + to.host + ": " +
                                 (addresses ? "no address" : addresses.error().message));
    }
    outcome_.add_phase(Phase::Resolve, begun, resolved);
    const SteadyTime deadline = deadline_;
    int problem = 0;
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        const SocketAddress& address = (*addresses)[i];
        // A fair share of the time, so that a dead first address leaves some for the next.
        const auto left = static_cast<long>(addresses->size() - i);
        deadline_ = steady_now() + (deadline - steady_now()) / left;
        const ProbeOutcome before = outcome_;
        const bool open_now =
            open(reinterpret_cast<const sockaddr*>(&address.storage), address.length, problem);
        deadline_ = deadline;
        if (open_now) {
            outcome_.add_phase(Phase::Connect, resolved, steady_now());
            outcome_.step("connected to " + address.to_string());
            return true;
        }
        const std::string why = problem == 0 ? "no answer in time" : text_of(problem);
        if (problem == 0 && left > 1) {
            outcome_ = before;
        }
        outcome_.step(address.to_string() + ": " + why);
    }
    return problem == 0 ? false : fail_errno(problem, "connecting to " + to.to_string());
}

bool Wire::connect_unix(const std::string& path) {
    const SteadyTime begun = steady_now();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return outcome_.fail(Reason::Settings, "the path of the socket is too long");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    int problem = 0;
    if (!open(reinterpret_cast<const sockaddr*>(&address), sizeof address, problem)) {
        // EAGAIN: its queue of connections is full.
        return problem == 0        ? false
               : problem == EAGAIN ? outcome_.fail(Reason::Refused, path + ": accepts no more")
                                   : fail_errno(problem, "connecting to " + path);
    }
    outcome_.add_phase(Phase::Connect, begun, steady_now());
    outcome_.step("connected to " + path);
    return true;
}

bool Wire::send(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t sent = 0;
        if (tls_) {
            ERR_clear_error();
            sent = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
            const int error =
                sent > 0 ? SSL_ERROR_NONE : SSL_get_error(tls_.get(), static_cast<int>(sent));
            if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
                if (!wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) {
                    return false;
                }
                continue;
            }
            if (error != SSL_ERROR_NONE) {
                return outcome_.fail(Reason::Reset, "the connection was closed while sending");
            }
        } else {
            sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) {
                if (!wait(POLLOUT)) {
                    return false;
                }
                continue;
            }
            if (sent < 0) {
                return fail_errno(errno, "sending");
            }
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

Wire::Got Wire::receive_plain(char* buffer, std::size_t size, std::size_t& got) {
    for (;;) {
        if (!wait(POLLIN)) {
            return Got::Failed;
        }
        const ssize_t count = ::recv(fd_, buffer, size, 0);
        if (count >= 0) {
            got = static_cast<std::size_t>(count);
            return count == 0 ? Got::End : Got::Bytes;
        }
        if (errno != EAGAIN && errno != EINTR) {
            fail_errno(errno, "receiving");
            return Got::Failed;
        }
    }
}

Wire::Got Wire::receive_tls(char* buffer, std::size_t size, std::size_t& got) {
    for (;;) {
        if (steady_now() >= deadline_) { // buffered records must not outlast it either
            outcome_.fail(Reason::Timeout, "no complete answer in time");
            return Got::Failed;
        }
        ERR_clear_error();
        const int count = SSL_read(tls_.get(), buffer, static_cast<int>(size));
        if (count > 0) {
            got = static_cast<std::size_t>(count);
            return Got::Bytes;
        }
        const int error = SSL_get_error(tls_.get(), count);
        if (error == SSL_ERROR_ZERO_RETURN) {
            return Got::End;
        }
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            outcome_.fail(Reason::Reset, "the connection was cut off without a farewell");
            return Got::Failed;
        }
        if (!wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) {
            return Got::Failed;
        }
    }
}

Wire::Got Wire::receive(std::string& to, std::size_t max_bytes) {
    char buffer[kReadBytes];
    std::size_t got = 0;
    const std::size_t size = std::min(max_bytes, sizeof buffer);
    const Got what = tls_ ? receive_tls(buffer, size, got) : receive_plain(buffer, size, got);
    if (what == Got::Bytes) {
        to.append(buffer, got);
    }
    return what;
}

} // namespace opsmon::collect
