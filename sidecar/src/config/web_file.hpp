#pragma once
// This component reads the web configuration file of the Prometheus world (--web.config.file):
// TLS, users, headers. The application and `check-web-config` use it. What this server cannot do is
// refused, never left out; hashes of passwords never appear in an error.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/key_book.hpp"

namespace opsmon::config {

enum class ClientAuth { None, Request, RequireAny, VerifyIfGiven, RequireAndVerify };

struct TlsServer {
    std::string cert_file; // its chain as well
    std::string key_file;
    std::string client_ca_file; // empty: the system's
    ClientAuth client_auth = ClientAuth::None;
    int min_version = 0x0303; // as on the wire: TLS 1.2
    int max_version = 0x0304;
    std::string ciphers; // of TLS 1.2, in OpenSSL's names; empty: OpenSSL's own choice
    std::string curves;  // likewise
    friend bool operator==(const TlsServer&, const TlsServer&) = default;
};

struct WebUser {
    std::string name;
    std::string hash; // bcrypt
    friend bool operator==(const WebUser&, const WebUser&) = default;
};

struct WebFile {
    std::optional<TlsServer> tls;
    std::vector<WebUser> users; // none: nobody is asked
    std::vector<std::pair<std::string, std::string>> headers;
    friend bool operator==(const WebFile&, const WebFile&) = default;
};

// `file` stands in errors, and paths in it are relative to it.
Result<WebFile> parse_web_file(const std::string& yaml, const std::string& file);
Result<WebFile> load_web_file(const std::string& file);

// Every key of that file.
void describe_web_file(KeyBook& book);

} // namespace opsmon::config
