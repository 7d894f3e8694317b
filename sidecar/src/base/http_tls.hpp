#pragma once
// This component provides TLS for the HTTP client: a session on a socket that is connected, with a
// server whose certificate is for that name and is trusted as OpenSSL trusts by default. Only
// bounded_http uses it. It never lets a byte out before the certificate was judged.

#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace opsmon {

class HttpTls {
public:
    enum class Failure { None, Handshake, Untrusted };
    using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

    explicit HttpTls(std::string host);

    // Waits as long as the socket's own time-outs allow. Empty: `failure` says why.
    Session start(int fd, Failure& failure);

private:
    bool name(SSL* session) const;

    std::string host_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

} // namespace opsmon
