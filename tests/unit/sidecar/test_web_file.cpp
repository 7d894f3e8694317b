#include <catch2/catch.hpp>

#include "config/web_file.hpp"

using namespace opsmon;
using namespace opsmon::config;

namespace {

// "secret"
constexpr const char* kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

std::string refusal(const std::string& yaml) {
    const auto parsed = parse_web_file(yaml, "/etc/web.yml");
    return parsed ? "" : parsed.error().message;
}

} // namespace

TEST_CASE("an_empty_web_file_asks_for_nothing", "[web_file]") {
    for (const char* yaml : {"", "basic_auth_users: {}\n"}) {
        const auto parsed = parse_web_file(yaml, "web.yml");
        REQUIRE(parsed);
        CHECK(*parsed == WebFile{});
    }
}

TEST_CASE("a_web_file_is_read_as_its_makers_read_it", "[web_file]") {
    const auto parsed = parse_web_file(std::string(R"(
tls_server_config:
  cert_file: server.crt
  key_file: /keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  min_version: TLS13
  max_version: TLS13
  cipher_suites:
    - TLS_AES_128_GCM_SHA256
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
  prefer_server_cipher_suites: true
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  alice: )") + kHash + "\n  bob: " + kHash +
                                           "\n",
                                       "/etc/opsmon/web.yml");
    REQUIRE(parsed);
    REQUIRE(parsed->tls);
    CHECK(parsed->tls->cert_file == "/etc/opsmon/server.crt");
    CHECK(parsed->tls->key_file == "/keys/server.key");
    CHECK(parsed->tls->client_ca_file == "/etc/opsmon/ca.crt");
    CHECK(parsed->tls->client_auth == ClientAuth::RequireAndVerify);
    CHECK(parsed->tls->min_version == 0x0304);
    CHECK(parsed->tls->ciphers == "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305");
    CHECK(parsed->tls->curves == "X25519:P-256");
    REQUIRE(parsed->users.size() == 2);
    CHECK(parsed->users[1] == WebUser{"bob", kHash});
    REQUIRE(parsed->headers.size() == 1);
    CHECK(parsed->headers[0].second == "max-age=31536000");
}

TEST_CASE("what_this_server_cannot_do_is_refused", "[web_file]") {
    const std::string files = "tls_server_config: {cert_file: a, key_file: b, ";
    CHECK(refusal("tls_server_config: {cert_file: a}\n").find("key_file: is needed for TLS") !=
          std::string::npos);
    CHECK(refusal(files + "client_auth_type: Never}\n").find("must be one of NoClientCert") !=
          std::string::npos);
    CHECK(refusal(files + "client_auth_type: RequireAndVerifyClientCert}\n")
              .find("client_ca_file: is needed") != std::string::npos);
    CHECK(refusal(files + "client_ca_file: c}\n").find("does not ask for a certificate") !=
          std::string::npos);
    CHECK(refusal(files + "min_version: TLS10}\n").find("must be one of TLS12, TLS13") !=
          std::string::npos);
    CHECK(refusal(files + "min_version: TLS13, max_version: TLS12}\n").find("not be above") !=
          std::string::npos);
    CHECK(refusal(files + "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}\n").find("not offered") !=
          std::string::npos);
    CHECK(refusal(files + "client_allowed_sans: [x]}\n").find("client_allowed_sans") !=
          std::string::npos);
    CHECK(refusal("http_server_config: {headers: {Server: x}}\n").find("cannot be set") !=
          std::string::npos);
    CHECK(
        refusal("http_server_config: {headers: {X-Frame-Options: \"a\\nb\"}}\n").find("one line") !=
        std::string::npos);
    CHECK(refusal("rate_limit: 1\n").find("rate_limit") != std::string::npos);
    CHECK(refusal("a: 1\n---\nb: 2\n").find("a second document") != std::string::npos);
}

TEST_CASE("a_password_is_a_bcrypt_hash_and_never_repeated", "[web_file]") {
    for (const std::string hash :
         {"hunter2", "$2b$04$short", "$2x$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
          "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WI!W"}) {
        const std::string why = refusal("basic_auth_users: {alice: '" + hash + "'}\n");
        CHECK(why.find("must be a bcrypt hash") != std::string::npos);
        CHECK(why.find(hash) == std::string::npos);
    }
    std::string dear = kHash;
    dear.replace(4, 2, "31");
    CHECK(refusal("basic_auth_users: {alice: '" + dear + "'}\n").find("4 to 14") !=
          std::string::npos);
    CHECK(refusal(std::string("basic_auth_users: {'a:b': '") + kHash + "'}\n").find("no colon") !=
          std::string::npos);
}
