#include "web/tls_files.hpp"

#include <array>

#include <openssl/err.h>
#include <sys/stat.h>

#include "base/log.hpp"

namespace opsmon::web {
namespace {

using config::ClientAuth;
using namespace std::chrono_literals;

constexpr auto kLookEvery = 1s;

std::string why() {
    std::array<char, 256> text{};
    const unsigned long code = ERR_get_error();
    ERR_error_string_n(code, text.data(), text.size());
    ERR_clear_error();
    return code == 0 ? "unknown reason" : text.data();
}

// Any certificate will do: what is asked is only that there is one.
int take_any(int, X509_STORE_CTX*) {
    return 1;
}

void ask_clients(SSL_CTX* context, ClientAuth client_auth) {
    switch (client_auth) {
    case ClientAuth::None:
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
        return;
    case ClientAuth::Request:
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, take_any);
        return;
    case ClientAuth::RequireAny:
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, take_any);
        return;
    case ClientAuth::VerifyIfGiven:
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        return;
    case ClientAuth::RequireAndVerify:
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        return;
    }
}

Result<void> trust_authorities(SSL_CTX* context, const std::string& file) {
    if (file.empty()) {
        return {};
    }
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(file.c_str());
    if (names == nullptr || SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return Error{"cannot use client_ca_file " + file + ": " + why()};
    }
    SSL_CTX_set_client_CA_list(context, names);
    return {};
}

} // namespace

Result<TlsContext> make_tls_context(const config::TlsServer& settings) {
    ERR_clear_error();
    TlsContext context(SSL_CTX_new(TLS_server_method()), TlsContextDeleter());
    if (!context) {
        return Error{"cannot set up TLS: " + why()};
    }
    SSL_CTX* raw = context.get();
    SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // One connection is one request: nobody comes back to a session, and clients that verify must
    // be asked each time.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(raw, 0);
    if (SSL_CTX_set_min_proto_version(raw, settings.min_version) != 1 ||
        SSL_CTX_set_max_proto_version(raw, settings.max_version) != 1) {
        return Error{"cannot use these versions of TLS: " + why()};
    }
    if (!settings.ciphers.empty() && SSL_CTX_set_cipher_list(raw, settings.ciphers.c_str()) != 1) {
        return Error{"cannot use cipher_suites: " + why()};
    }
    if (!settings.curves.empty() && SSL_CTX_set1_curves_list(raw, settings.curves.c_str()) != 1) {
        return Error{"cannot use curve_preferences: " + why()};
    }
    if (SSL_CTX_use_certificate_chain_file(raw, settings.cert_file.c_str()) != 1) {
        return Error{"cannot use cert_file " + settings.cert_file + ": " + why()};
    }
    // A key with a passphrase would have the library ask on the terminal.
    SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return 0; });
    if (SSL_CTX_use_PrivateKey_file(raw, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return Error{"cannot use key_file " + settings.key_file + ": " + why()};
    }
    // A key of another kind (RSA, EC) than the certificate's is taken up to here.
    if (SSL_CTX_check_private_key(raw) != 1) {
        return Error{"cannot use key_file " + settings.key_file + ": it is not the key of " +
                     settings.cert_file + " (" + why() + ')'};
    }
    ask_clients(raw, settings.client_auth);
    if (auto trusted = trust_authorities(raw, settings.client_ca_file); !trusted) {
        return trusted.error();
    }
    return context;
}

Result<std::shared_ptr<TlsFiles>> TlsFiles::open(config::TlsServer settings) {
    std::shared_ptr<TlsFiles> files(new TlsFiles(std::move(settings)));
    files->stamps_ = files->stamps();
    auto context = make_tls_context(files->settings_);
    if (!context) {
        return context.error();
    }
    files->context_ = std::move(*context);
    files->looked_at_ = steady_now();
    return files;
}

std::vector<TlsFiles::Stamp> TlsFiles::stamps() const {
    std::vector<Stamp> out;
    for (const std::string* file :
         {&settings_.cert_file, &settings_.key_file, &settings_.client_ca_file}) {
        struct stat facts {};
        if (!file->empty() && ::stat(file->c_str(), &facts) == 0) {
            // Not when it was written: who may read it changes too.
            out.push_back({static_cast<long long>(facts.st_ino),
                           facts.st_ctim.tv_sec * 1'000'000'000LL + facts.st_ctim.tv_nsec,
                           facts.st_size});
        } else {
            out.push_back({});
        }
    }
    return out;
}

TlsContext TlsFiles::context(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    if (now - looked_at_ < kLookEvery) {
        return context_;
    }
    looked_at_ = now;
    auto seen = stamps();
    if (seen == stamps_) {
        return context_;
    }
    // Also of files that cannot be used: they are tried again when they change again.
    stamps_ = std::move(seen);
    if (auto renewed = make_tls_context(settings_)) {
        context_ = std::move(*renewed);
        log::info("the web server's certificate was read again", {{"file", settings_.cert_file}});
    } else {
        log::warning("the web server's new certificate cannot be used; the one before stays",
                     {{"error", renewed.error().message}});
    }
    return context_;
}

} // namespace opsmon::web
