#include <catch2/catch.hpp>

#include <httplib.h>
#include <sys/stat.h>

#include "support/probe_peer.hpp"
#include "support/raw_peer.hpp"
#include "support/http_peer.hpp"
#include "support/scratch_file.hpp"
#include "web/server.hpp"

using namespace opsmon;
using namespace std::chrono_literals;
using test::make_certificate;
using test::ScratchFile;

namespace {

// "secret"
constexpr const char* kHash = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
constexpr long kDay = 86'400;

config::TlsServer tls_of(const ScratchFile& cert, const ScratchFile& key) {
    config::TlsServer out;
    out.cert_file = cert.path();
    out.key_file = key.path();
    return out;
}

struct Fixture {
    test::Certificate authority = make_certificate("authority", kDay);
    test::Certificate own = make_certificate("localhost", kDay, &authority);
    ScratchFile cert{own.pem(), "server.crt"};
    ScratchFile key{own.key_pem(), "server.key"};
    ScratchFile ca{authority.pem(), "ca.crt"};
    HostPort address;
    std::unique_ptr<web::Server> server;

    explicit Fixture(const config::WebFile& file) {
        auto access = web::Access::make(file);
        REQUIRE(access);
        start(*access);
    }
    explicit Fixture(config::ClientAuth client_auth = config::ClientAuth::None) {
        config::WebFile file;
        file.tls = tls(client_auth);
        auto access = web::Access::make(file);
        REQUIRE(access);
        start(*access);
    }
    ~Fixture() {
        server->request_stop();
        CHECK(server->wait_until_stopped(steady_now() + 30s));
    }

    [[nodiscard]] config::TlsServer tls(config::ClientAuth client_auth) const {
        config::TlsServer out = tls_of(cert, key);
        out.client_auth = client_auth;
        out.client_ca_file = client_auth == config::ClientAuth::None ? "" : ca.path();
        return out;
    }

    void start(std::shared_ptr<web::Access> access) {
        {
            const test::SilentPeer peer;
            address = {"127.0.0.1", static_cast<std::uint16_t>(peer.port())};
        }
        web::Handlers handlers;
        handlers.newest_snapshot = [] {
            auto snapshot = std::make_shared<metrics::Snapshot>();
            snapshot->text = std::make_shared<const std::string>(std::string(300'000, 'x'));
            return snapshot;
        };
        handlers.ready = [] { return true; };
        handlers.reload = [] { return Result<std::string>(std::string("reloaded")); };
        auto listening = web::Server::listen(address, std::move(handlers), std::move(access));
        REQUIRE(listening);
        server = std::move(*listening);
    }

    [[nodiscard]] std::unique_ptr<httplib::SSLClient>
    client(const std::string& certificate = "", const std::string& its_key = "") const {
        auto out =
            std::make_unique<httplib::SSLClient>("127.0.0.1", address.port, certificate, its_key);
        out->enable_server_certificate_verification(false);
        return out;
    }
};

} // namespace

TEST_CASE("answers_through_tls", "[web_access]") {
    Fixture fixture;
    auto client = fixture.client();
    const auto answer = client->Get("/metrics");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body.size() == 300'000);
    CHECK(client->Post("/-/reload", "", "text/plain")->body == "reloaded\n");
}

TEST_CASE("plain_http_to_tls_is_told_so", "[web_access]") {
    Fixture fixture;
    test::RawClient client(fixture.address.port);
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive_all().find("Client sent an HTTP request to an HTTPS server.") !=
          std::string::npos);
}

TEST_CASE("a_client_that_says_nothing_to_tls_holds_nobody_up", "[web_access]") {
    Fixture fixture;
    test::RawClient silent(fixture.address.port);
    auto client = fixture.client();
    CHECK(client->Get("/-/healthy")->status == 200);
    CHECK(silent.receive_all() != "still open");
}

TEST_CASE("clients_show_a_certificate_of_the_authority", "[web_access]") {
    Fixture fixture(config::ClientAuth::RequireAndVerify);
    const auto known = make_certificate("client", kDay, &fixture.authority);
    const auto unknown = make_certificate("client", kDay);
    const ScratchFile good(known.pem(), "good.crt");
    const ScratchFile good_key(known.key_pem(), "good.key");
    const ScratchFile bad(unknown.pem(), "bad.crt");
    const ScratchFile bad_key(unknown.key_pem(), "bad.key");
    CHECK(fixture.client(good.path(), good_key.path())->Get("/-/healthy")->status == 200);
    CHECK_FALSE(fixture.client(bad.path(), bad_key.path())->Get("/-/healthy"));
    CHECK_FALSE(fixture.client()->Get("/-/healthy"));
}

TEST_CASE("what_is_asked_of_clients_is_as_the_setting_says", "[web_access]") {
    const auto unknown = make_certificate("client", kDay);
    const ScratchFile bad(unknown.pem(), "bad.crt");
    const ScratchFile bad_key(unknown.key_pem(), "bad.key");
    using config::ClientAuth;
    struct Case {
        ClientAuth setting;
        bool without;
        bool with_any;
    };
    for (const Case& each :
         {Case{ClientAuth::Request, true, true}, Case{ClientAuth::RequireAny, false, true},
          Case{ClientAuth::VerifyIfGiven, true, false}}) {
        Fixture fixture(each.setting);
        CHECK(static_cast<bool>(fixture.client()->Get("/-/healthy")) == each.without);
        CHECK(static_cast<bool>(fixture.client(bad.path(), bad_key.path())->Get("/-/healthy")) ==
              each.with_any);
    }
}

TEST_CASE("files_that_cannot_be_used_are_an_error_that_names_them", "[web_access]") {
    const ScratchFile cert(make_certificate("a", kDay).pem());
    const ScratchFile key(make_certificate("b", kDay).key_pem());
    config::WebFile file;
    file.tls.emplace();
    file.tls->cert_file = cert.path();
    file.tls->key_file = "/does/not/exist";
    auto access = web::Access::make(file);
    REQUIRE_FALSE(access);
    CHECK(access.error().message.find("key_file /does/not/exist") != std::string::npos);
    file.tls->key_file = key.path(); // of another certificate
    access = web::Access::make(file);
    REQUIRE_FALSE(access);
    CHECK(access.error().message.find("key_file") != std::string::npos);
    CHECK(access.error().message.find("BEGIN") == std::string::npos);
}

TEST_CASE("a_key_of_another_kind_than_the_certificates_is_refused", "[web_access]") {
    using test::KeyKind;
    for (const auto& [of_certificate, of_key] :
         {std::pair(KeyKind::Rsa, KeyKind::Ec), std::pair(KeyKind::Ec, KeyKind::Rsa)}) {
        const ScratchFile cert(make_certificate("a", kDay, nullptr, of_certificate).pem());
        const ScratchFile key(make_certificate("a", kDay, nullptr, of_key).key_pem());
        config::WebFile file;
        file.tls = tls_of(cert, key);
        const auto access = web::Access::make(file);
        REQUIRE_FALSE(access);
        CHECK(access.error().message.find("key_file " + key.path() + ": it is not the key of " +
                                          cert.path()) != std::string::npos);
    }
}

TEST_CASE("every_path_asks_for_the_password", "[web_access]") {
    config::WebFile file;
    file.users = {{"alice", kHash}};
    file.headers = {{"X-Frame-Options", "DENY"}, {"X-Content-Type-Options", "other"}};
    Fixture fixture(file);
    httplib::Client client("127.0.0.1", fixture.address.port);
    for (const char* path : {"/", "/metrics", "/-/healthy", "/api/v1/query", "/nothing"}) {
        const auto answer = client.Get(path);
        REQUIRE(answer);
        CHECK(answer->status == 401);
        CHECK(answer->get_header_value("WWW-Authenticate") == "Basic");
        CHECK(answer->get_header_value("X-Frame-Options") == "DENY");
        CHECK(answer->body == "Unauthorized\n");
    }
    CHECK(client.Post("/-/reload", "", "text/plain")->status == 401);
    client.set_basic_auth("alice", "secret");
    const auto answer = client.Get("/metrics");
    CHECK(answer->status == 200);
    CHECK(answer->get_header_value_count("X-Content-Type-Options") == 1);
    CHECK(answer->get_header_value("X-Content-Type-Options") == "other");
    client.set_basic_auth("alice", "other");
    CHECK(client.Get("/metrics")->status == 401);
}

TEST_CASE("a_reload_replaces_who_may_ask", "[web_access]") {
    Fixture fixture{config::WebFile{}};
    httplib::Client client("127.0.0.1", fixture.address.port);
    CHECK(client.Get("/-/healthy")->status == 200);
    config::WebFile file;
    file.users = {{"alice", kHash}};
    fixture.server->replace_access(*web::Access::make(file));
    CHECK(client.Get("/-/healthy")->status == 401);
    fixture.server->replace_access(nullptr);
    CHECK(client.Get("/-/healthy")->status == 200);
}

TEST_CASE("a_renewed_certificate_is_used_without_a_reload", "[web_access]") {
    const auto first = make_certificate("localhost", kDay);
    const auto second = make_certificate("localhost", 2 * kDay);
    const ScratchFile cert(first.pem());
    const ScratchFile key(first.key_pem());
    auto files = web::TlsFiles::open(tls_of(cert, key));
    REQUIRE(files);
    const SteadyTime now = steady_now();
    const auto before = (*files)->context(now);
    cert.write(second.pem());
    // Half of it is there: what was before stays.
    CHECK((*files)->context(now + 2s) == before);
    key.write(second.key_pem());
    CHECK((*files)->context(now + 2500ms) == before); // looked a moment ago
    const auto after = (*files)->context(now + 4s);
    CHECK(after != before);
    CHECK(X509_cmp(SSL_CTX_get0_certificate(after.get()), second.certificate.get()) == 0);
}

TEST_CASE("a_renewed_key_of_another_kind_leaves_the_certificate_before_in_use", "[web_access]") {
    const auto first = make_certificate("localhost", kDay);
    const auto second = make_certificate("localhost", kDay, nullptr, test::KeyKind::Rsa);
    const ScratchFile cert(first.pem());
    const ScratchFile key(first.key_pem());
    auto files = web::TlsFiles::open(tls_of(cert, key));
    REQUIRE(files);
    const SteadyTime now = steady_now();
    const auto before = (*files)->context(now);
    key.write(second.key_pem());
    CHECK((*files)->context(now + 2s) == before);
    cert.write(second.pem());
    CHECK((*files)->context(now + 4s) != before);
}

TEST_CASE("a_key_that_was_made_readable_is_read_again", "[web_access]") {
    const auto own = make_certificate("localhost", kDay);
    const ScratchFile cert(own.pem());
    const ScratchFile key(own.key_pem());
    auto files = web::TlsFiles::open(tls_of(cert, key));
    REQUIRE(files);
    const SteadyTime now = steady_now();
    const auto before = (*files)->context(now);
    CHECK((*files)->context(now + 2s) == before);
    std::this_thread::sleep_for(20ms); // the clock of a file system has ticks
    REQUIRE(::chmod(key.path().c_str(), 0640) == 0);
    CHECK((*files)->context(now + 4s) != before);
}
