#include <ctime>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include "base/text.hpp"
#include "collect/probe/wire.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxCaFileBytes = 4 << 20;

std::optional<std::int64_t> not_after(const X509* certificate) {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(::timegm(&time));
}

std::string subject_of(const X509* certificate) {
    char text[160] = "";
    X509_NAME_oneline(X509_get_subject_name(certificate), text, sizeof text);
    return text;
}

bool is_address(const std::string& host) {
    unsigned char bytes[16];
    return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

Reason reason_of(long verdict) {
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return Reason::TlsExpired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return Reason::TlsName;
    default:
        return Reason::TlsUntrusted;
    }
}

} // namespace

bool Wire::prepare_tls(const config::TlsCheck& check, const std::string& name) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_) {
        return outcome_.fail(Reason::TlsHandshake, "TLS cannot be set up");
    }
    if (!check.insecure_skip_verify && !check.ca_file.empty()) {
        // The library would open a pipe, and wait.
        if (const auto content = read_file(check.ca_file, kMaxCaFileBytes); !content) {
            return outcome_.fail(Reason::Settings, "tls.ca_file: " + content.error().message);
        }
    }
    const bool trusted =
        check.insecure_skip_verify ||
        (check.ca_file.empty()
             ? SSL_CTX_set_default_verify_paths(context_.get())
             : SSL_CTX_load_verify_locations(context_.get(), check.ca_file.c_str(), nullptr)) == 1;
    if (!trusted) {
        return outcome_.fail(Reason::Settings, "the file of tls.ca_file cannot be read");
    }
    tls_.reset(SSL_new(context_.get()));
    if (!tls_ || SSL_set_fd(tls_.get(), fd_) != 1) {
        return outcome_.fail(Reason::TlsHandshake, "TLS cannot be set up");
    }
    if (is_address(name)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), name.c_str()) == 1 ||
               outcome_.fail(Reason::Settings, "the address cannot be verified");
    }
    // The name is sent, and it is what the certificate must hold.
    return (SSL_set_tlsext_host_name(tls_.get(), name.c_str()) == 1 &&
            SSL_set1_host(tls_.get(), name.c_str()) == 1) ||
           outcome_.fail(Reason::Settings, "the name of the server cannot be verified");
}

bool Wire::handshake() {
    for (;;) {
        ERR_clear_error();
        const int done = SSL_connect(tls_.get());
        if (done == 1) {
            return true;
        }
        const int error = SSL_get_error(tls_.get(), done);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
            if (!wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) {
                return false;
            }
            continue;
        }
        const char* why = ERR_reason_error_string(ERR_peek_last_error());
        return outcome_.fail(Reason::TlsHandshake,
                             std::string("TLS handshake: ") + (why != nullptr ? why : "closed"));
    }
}

bool Wire::judge_certificate(const config::TlsCheck& check) {
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(tls_.get());
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
        const X509* one = sk_X509_value(chain, i);
        const auto expiry = not_after(one);
        if (expiry && (!outcome_.tls_expiry || *expiry < *outcome_.tls_expiry)) {
            outcome_.tls_expiry = expiry;
        }
        if (i == 0) {
            outcome_.step("certificate of " + subject_of(one));
        }
    }
    const long verdict = SSL_get_verify_result(tls_.get());
    if (verdict == X509_V_OK || check.insecure_skip_verify) {
        return true;
    }
    return outcome_.fail(reason_of(verdict), std::string("the certificate is refused: ") +
                                                 X509_verify_cert_error_string(verdict));
}

bool Wire::start_tls(const config::TlsCheck& check, const std::string& host) {
    const SteadyTime begun = steady_now();
    // Verified after the handshake, not in it: what was presented is then known either way.
    const bool done =
        prepare_tls(check, check.server_name.empty() ? host : check.server_name) && handshake();
    if (!done) {
        return false;
    }
    outcome_.add_phase(Phase::Tls, begun, steady_now());
    outcome_.step(std::string("TLS ") + SSL_get_version(tls_.get()));
    return judge_certificate(check);
}

} // namespace opsmon::collect
