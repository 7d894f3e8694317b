#include "web/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

namespace opsmon::web {
namespace {

Moved judge_plain(ssize_t moved, short event) {
    if (moved >= 0) {
        return {moved, 0};
    }
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {-1, later ? event : short{0}};
}

int bounded(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

} // namespace

Wire::Wire(int fd, const TlsContext& context) : fd_(fd), session_(SSL_new(context.get())) {
    // OpenSSL has no flag for a single call.
    const int flags = ::fcntl(fd, F_GETFL);
    if (session_ == nullptr || flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        SSL_set_fd(session_.get(), fd) != 1) {
        broken_ = true;
        return;
    }
    SSL_set_accept_state(session_.get());
}

Moved Wire::receive(char* data, std::size_t size) {
    if (broken_) {
        return {-1, 0};
    }
    if (!session_) {
        return judge_plain(::recv(fd_, data, size, MSG_DONTWAIT), POLLIN);
    }
    ERR_clear_error();
    return judge(SSL_read(session_.get(), data, bounded(size)));
}

Moved Wire::send(const char* data, std::size_t size) {
    if (broken_) {
        return {-1, 0};
    }
    if (!session_) {
        return judge_plain(::send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL), POLLOUT);
    }
    ERR_clear_error();
    return judge(SSL_write(session_.get(), data, bounded(size)));
}

Moved Wire::judge(int result) {
    if (result > 0) {
        return {result, 0};
    }
    switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
        return {-1, POLLIN};
    case SSL_ERROR_WANT_WRITE:
        return {-1, POLLOUT};
    case SSL_ERROR_ZERO_RETURN:
        return {0, 0};
    default:
        client_is_plain_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
        broken_ = true;
        ERR_clear_error();
        return {-1, 0};
    }
}

void Wire::send_plain(std::string_view text) const {
    (void)::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Wire::end() {
    if (session_ && !broken_ && SSL_is_init_finished(session_.get()) == 1) {
        ERR_clear_error();
        (void)SSL_shutdown(session_.get());
    }
}

} // namespace opsmon::web
