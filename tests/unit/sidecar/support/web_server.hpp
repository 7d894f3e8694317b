#pragma once
// This component provides a web server for tests, on a free port of the loopback address, whose
// handlers answer what the test says.

#include <catch2/catch.hpp>

#include <httplib.h>

#include "support/http_peer.hpp"
#include "web/server.hpp"

namespace opsmon::test {

struct WebServer {
    metrics::SnapshotStore snapshots;
    std::atomic<bool> ready = false;
    std::atomic<int> reloads = 0;
    Result<std::string> reload_result = std::string("reloaded");
    HostPort address = free_address();
    std::unique_ptr<web::Server> server;
    httplib::Client client{"127.0.0.1", address.port};

    explicit WebServer(web::SiteFacts facts = {}, std::shared_ptr<web::Access> access = nullptr) {
        facts.listening = address;
        const auto site = std::make_shared<const web::Site>(web::make_site(facts));
        web::Handlers handlers;
        handlers.newest_snapshot = [this] { return snapshots.newest(); };
        handlers.ready = [this] { return ready.load(); };
        handlers.reload = [this] {
            ++reloads;
            return reload_result;
        };
        handlers.document = [](const std::string& path) {
            return path == "/api/v1/probes" ? std::optional<std::string>("{}") : std::nullopt;
        };
        handlers.site = [site] { return site; };
        auto listening = web::Server::listen(address, std::move(handlers), std::move(access));
        REQUIRE(listening);
        server = std::move(*listening);
    }
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    ~WebServer() {
        server->request_stop();
        CHECK(server->wait_until_stopped(steady_now() + std::chrono::seconds(30)));
    }

    void put(const std::string& text) {
        auto snapshot = std::make_shared<metrics::Snapshot>();
        snapshot->text = std::make_shared<const std::string>(text);
        snapshots.put(snapshot);
    }

    // A port that was free a moment ago.
    static HostPort free_address() {
        const SilentPeer peer;
        return {"127.0.0.1", static_cast<std::uint16_t>(peer.port())};
    }
};

} // namespace opsmon::test
