#pragma once
// This component provides a server for tests of the probes, on a free port of the loopback address
// or on a Unix socket, that does with each connection what the test says; and certificates made
// for it. It serves one connection after the other.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <openssl/ssl.h>

namespace opsmon::test {

class ProbePeer {
public:
    using Handler = std::function<void(int fd)>;

    explicit ProbePeer(Handler handler, const std::string& unix_path = "");
    ~ProbePeer();
    ProbePeer(const ProbePeer&) = delete;
    ProbePeer& operator=(const ProbePeer&) = delete;
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] int connections() const { return connections_; }

private:
    void serve();

    Handler handler_;
    int listener_ = -1;
    int port_ = 0;
    std::mutex mutex_;
    int current_ = -1;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

// What stands before the empty line of a request, with it.
std::string read_request(int fd);
void write_all(int fd, const std::string& bytes);
ProbePeer::Handler answers(std::string answer); // to any request

struct Certificate {
    std::shared_ptr<EVP_PKEY> key;
    std::shared_ptr<X509> certificate;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] std::string key_pem() const;
};

enum class KeyKind { Ec, Rsa };

// For `name`, valid until `seconds_left` from now, signed by `issuer` or by itself.
Certificate make_certificate(const std::string& name, long seconds_left,
                             const Certificate* issuer = nullptr, KeyKind kind = KeyKind::Ec);

ProbePeer::Handler answers_over_tls(const Certificate& own, std::string answer);

} // namespace opsmon::test
