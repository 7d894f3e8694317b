#pragma once
// This component provides `Wire`: one connection of a probe, over TCP or a Unix socket, with or
// without TLS, on which nothing takes longer than its absolute deadline. Failures, phases and steps
// go to the probe's outcome. The HTTP, TCP and PostgreSQL probes use it. It verifies certificates
// before a byte of the probe is sent and reports the certificate's expiry whether trusted or not.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "base/url.hpp"
#include "collect/probe/outcome.hpp"
#include "base/resolver.hpp"
#include "config/config.hpp"

namespace opsmon::collect {

class Wire {
public:
    Wire(ProbeOutcome& outcome, SteadyTime deadline) : outcome_(outcome), deadline_(deadline) {}
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    // All of these: false, and the outcome says why.
    bool connect(Resolver& resolver, const HostPort& to);
    bool connect_unix(const std::string& path);
    bool start_tls(const config::TlsCheck& check, const std::string& host);
    bool send(std::string_view bytes);

    enum class Got { Bytes, End, Failed };
    // Adds what has come to `to`, at most `max_bytes`.
    Got receive(std::string& to, std::size_t max_bytes);

private:
    bool open(const sockaddr* address, socklen_t length, int& problem);
    bool wait(short events);
    bool fail_errno(int problem, const std::string& doing);
    Got receive_plain(char* buffer, std::size_t size, std::size_t& got);
    Got receive_tls(char* buffer, std::size_t size, std::size_t& got);
    bool prepare_tls(const config::TlsCheck& check, const std::string& name);
    bool handshake();
    bool judge_certificate(const config::TlsCheck& check);

    ProbeOutcome& outcome_;
    SteadyTime deadline_;
    int fd_ = -1;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

} // namespace opsmon::collect
