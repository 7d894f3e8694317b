#include "base/http_tls.hpp"

#include <utility>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace opsmon {
namespace {

bool is_address(const std::string& host) {
    unsigned char bytes[16];
    return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

} // namespace

HttpTls::HttpTls(std::string host)
    : host_(std::move(host)), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    if (context_) {
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_default_verify_paths(context_.get());
    }
}

bool HttpTls::name(SSL* session) const {
    if (is_address(host_)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host_.c_str()) == 1;
    }
    // The name is sent, and it is what the certificate must hold.
    return SSL_set_tlsext_host_name(session, host_.c_str()) == 1 &&
           SSL_set1_host(session, host_.c_str()) == 1;
}

HttpTls::Session HttpTls::start(int fd, Failure& failure) {
    Session session(context_ ? SSL_new(context_.get()) : nullptr, SSL_free);
    failure = Failure::Handshake;
    if (!session || SSL_set_fd(session.get(), fd) != 1 || !name(session.get())) {
        session.reset();
        return session;
    }
    ERR_clear_error();
    if (SSL_connect(session.get()) != 1) {
        if (SSL_get_verify_result(session.get()) != X509_V_OK) {
            failure = Failure::Untrusted;
        }
        session.reset();
        return session;
    }
    failure = Failure::None;
    return session;
}

} // namespace opsmon
