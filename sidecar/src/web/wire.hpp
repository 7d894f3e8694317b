#pragma once
// This component provides `Wire`: the bytes of one accepted connection, plain or through TLS, moved
// without ever waiting. BoundedStream waits for it, within its deadlines. The handshake is part of
// the first read. It closes nothing: the descriptor stays the caller's.

#include <memory>
#include <string_view>

#include <openssl/ssl.h>
#include <sys/types.h>

namespace opsmon::web {

struct TlsContextDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::shared_ptr<SSL_CTX>;

// What came of one attempt.
struct Moved {
    ssize_t bytes = 0;  // 0: the other side has ended it; below 0: nothing moved
    short wait_for = 0; // POLLIN or POLLOUT: try again then; 0: the connection is broken
};

class Wire {
public:
    explicit Wire(int fd) : fd_(fd) {}
    // As a server, by the context's settings.
    Wire(int fd, const TlsContext& context);

    Moved receive(char* data, std::size_t size);
    Moved send(const char* data, std::size_t size);

    // Whether the client spoke plain HTTP to TLS.
    [[nodiscard]] bool client_is_plain() const { return client_is_plain_; }
    // Past TLS, and as much as fits at once.
    void send_plain(std::string_view text) const;
    // Tells the other side that nothing more comes.
    void end();

    [[nodiscard]] int fd() const { return fd_; }

private:
    struct Free {
        void operator()(SSL* session) const { SSL_free(session); }
    };

    Moved judge(int result);

    int fd_;
    std::unique_ptr<SSL, Free> session_;
    bool client_is_plain_ = false;
    bool broken_ = false;
};

} // namespace opsmon::web
