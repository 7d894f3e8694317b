#include "support/probe_peer.hpp"

#include <csignal>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace opsmon::test {

ProbePeer::ProbePeer(Handler handler, const std::string& unix_path) : handler_(std::move(handler)) {
    std::signal(SIGPIPE, SIG_IGN); // TLS writes to peers that went away
    listener_ = ::socket(unix_path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    unix_path.copy(un.sun_path, sizeof un.sun_path - 1);
    const int bound = unix_path.empty()
                          ? ::bind(listener_, reinterpret_cast<sockaddr*>(&in), sizeof in)
                          : ::bind(listener_, reinterpret_cast<sockaddr*>(&un), sizeof un);
    if (bound != 0 || ::listen(listener_, 64) != 0) {
        throw std::runtime_error("the peer cannot listen");
    }
    if (unix_path.empty()) {
        socklen_t length = sizeof in;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&in), &length);
        port_ = ntohs(in.sin_port);
    }
    thread_ = std::thread([this] { serve(); });
}

ProbePeer::~ProbePeer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    {
        const std::lock_guard lock(mutex_);
        if (current_ >= 0) {
            ::shutdown(current_, SHUT_RDWR);
        }
    }
    thread_.join();
    ::close(listener_);
}

void ProbePeer::serve() {
    while (!stopping_) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            current_ = fd;
            if (stopping_) {
                ::shutdown(fd, SHUT_RDWR);
            }
        }
        ++connections_;
        handler_(fd);
        const std::lock_guard lock(mutex_);
        current_ = -1;
        ::close(fd);
    }
}

std::string read_request(int fd) {
    std::string out;
    char c = 0;
    while (!out.ends_with("\r\n\r\n") && ::recv(fd, &c, 1, 0) == 1) {
        out += c;
    }
    return out;
}

void write_all(int fd, const std::string& bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const ssize_t sent = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        at += static_cast<std::size_t>(sent);
    }
}

ProbePeer::Handler answers(std::string answer) {
    return [answer = std::move(answer)](int fd) {
        read_request(fd);
        write_all(fd, answer);
    };
}

std::string Certificate::pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(memory.get(), certificate.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string Certificate::key_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Certificate make_certificate(const std::string& name, long seconds_left, const Certificate* issuer,
                             KeyKind kind) {
    EVP_PKEY* key = kind == KeyKind::Rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    Certificate out{{key, EVP_PKEY_free}, {X509_new(), X509_free}};
    X509* one = out.certificate.get();
    static std::atomic<long> serial = 1;
    X509_set_version(one, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one), serial++);
    X509_gmtime_adj(X509_getm_notBefore(one), -100'000);
    X509_gmtime_adj(X509_getm_notAfter(one), seconds_left);
    X509_set_pubkey(one, out.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(
        one, X509_get_subject_name(issuer != nullptr ? issuer->certificate.get() : one));
    const auto extend = [one](int nid, const std::string& value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
        X509_add_ext(one, extension, -1);
        X509_EXTENSION_free(extension);
    };
    if (issuer == nullptr) {
        extend(NID_basic_constraints, "critical,CA:TRUE");
    }
    extend(NID_subject_alt_name, "DNS:" + name);
    X509_sign(one, (issuer != nullptr ? issuer->key : out.key).get(), EVP_sha256());
    return out;
}

ProbePeer::Handler answers_over_tls(const Certificate& own, std::string answer) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), own.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), own.key.get());
    return [context, answer = std::move(answer)](int fd) {
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
        SSL_set_fd(tls.get(), fd);
        char buffer[4096];
        if (SSL_accept(tls.get()) == 1 && SSL_read(tls.get(), buffer, sizeof buffer) > 0) {
            SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
            SSL_shutdown(tls.get());
        }
    };
}

} // namespace opsmon::test
