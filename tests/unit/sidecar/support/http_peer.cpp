#include "support/http_peer.hpp"

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opsmon::test {

struct HttpPeer::State {
    httplib::Server server;
    int port = 0;
    std::thread thread;
};

HttpPeer::HttpPeer() : state_(std::make_unique<State>()) {
    httplib::Server& server = state_->server;
    const auto status = [](const httplib::Request& request, httplib::Response& response) {
        response.status = std::stoi(request.matches[1]);
    };
    const auto redirect = [](const httplib::Request&, httplib::Response& response) {
        response.set_redirect("/status/500");
    };
    const auto endless = [](const httplib::Request&, httplib::Response& response) {
        response.set_content_provider("text/plain", [](std::size_t, httplib::DataSink& sink) {
            const std::string block(4096, 'x');
            return sink.write(block.data(), block.size());
        });
    };
    server.Get(R"(/status/(\d+))", status);
    server.Post(R"(/status/(\d+))", status);
    server.Get("/redirect", redirect);
    server.Post("/redirect", redirect);
    server.Get("/endless", endless);
    server.Post("/endless", endless);
    state_->port = server.bind_to_any_port("127.0.0.1");
    state_->thread = std::thread([this] { state_->server.listen_after_bind(); });
    while (!server.is_running()) {
        std::this_thread::yield();
    }
}

HttpPeer::~HttpPeer() {
    state_->server.stop();
    state_->thread.join();
}

int HttpPeer::port() const {
    return state_->port;
}

SilentPeer::SilentPeer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 128) != 0 ||
        ::getsockname(listener_, generic, &length) != 0) {
        throw std::runtime_error("no free port on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
}

SilentPeer::~SilentPeer() {
    ::close(listener_);
    if (accepted_ >= 0) {
        ::close(accepted_);
    }
}

bool SilentPeer::wait_for_request() {
    constexpr int kPatience_ms = 10'000;
    pollfd target{listener_, POLLIN, 0};
    if (::poll(&target, 1, kPatience_ms) != 1) {
        return false;
    }
    accepted_ = ::accept(listener_, nullptr, nullptr);
    target = {accepted_, POLLIN, 0};
    return accepted_ >= 0 && ::poll(&target, 1, kPatience_ms) == 1;
}

} // namespace opsmon::test
