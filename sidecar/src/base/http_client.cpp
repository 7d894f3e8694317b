#include "base/http_client.hpp"

#include <algorithm>

#include "base/bounded_http.hpp"
#include "base/clock.hpp"
#include "base/host_header.hpp"
#include "base/socket_watch.hpp"

namespace opsmon {
namespace {

constexpr std::size_t kMaxBodyBytes = 64 * 1024;
constexpr std::uint64_t kMaxReceivedBytes = 1024 * 1024;

std::string describe(httplib::Error error, SocketWatch::Verdict verdict,
                     const HttpTrouble& trouble) {
    if (trouble.line_too_long) {
        return "a line of the answer's head is too long";
    }
    if (verdict == SocketWatch::Verdict::TooLate) {
        return "no complete answer in time";
    }
    if (verdict == SocketWatch::Verdict::TooMuch) {
        return "the answer is larger than 1 MiB";
    }
    switch (trouble.tls) {
    case HttpTls::Failure::Handshake:
        return "TLS handshake failed";
    case HttpTls::Failure::Untrusted:
        return "the TLS certificate is not valid for this name or not trusted";
    case HttpTls::Failure::None:
        break;
    }
    switch (error) {
    case httplib::Error::Connection:
        return "cannot connect";
    case httplib::Error::Read:
        return "no complete answer in time, or the connection was closed";
    default:
        return "the request failed: " + httplib::to_string(error);
    }
}

} // namespace

struct HttpClient::State {
    State(const Url& url, std::chrono::milliseconds limit)
        : target(url.target()),
          host(host_header(url)),
          timeout(limit),
          owner(make_bounded_client(url, trouble)) {
        httplib::ClientImpl& client = *owner;
        // These are for one step each; the watch is for all of them.
        client.set_connection_timeout(timeout);
        client.set_read_timeout(timeout);
        client.set_write_timeout(timeout);
        client.set_keep_alive(false);
        client.set_follow_location(false);
        encode_nothing(client);
        client.set_socket_options([this](socket_t fd) { watch.hold(fd); });
    }

    HttpOutcome send(httplib::Request& request);

    std::string target;
    std::string host;
    std::chrono::milliseconds timeout;
    SocketWatch watch;
    HttpTrouble trouble;
    std::unique_ptr<httplib::ClientImpl> owner;
};

HttpOutcome HttpClient::State::send(httplib::Request& request) {
    HttpOutcome outcome;
    request.path = target;
    // The library does not know that it is TLS, and would name the port.
    request.headers.emplace("Host", host);
    request.headers.emplace("User-Agent", "opsmon-sidecar/" OPSMON_VERSION);
    const auto take_head = [&outcome](const httplib::Response& response) {
        outcome.status = response.status;
        outcome.retry_after = response.get_header_value("Retry-After");
        outcome.date = response.get_header_value("Date");
        outcome.location = response.get_header_value("Location");
        return true;
    };
    request.response_handler = take_head;
    request.content_receiver = [&outcome](const char* data, std::size_t size, std::uint64_t,
                                          std::uint64_t) {
        outcome.body.append(data, std::min(size, kMaxBodyBytes - outcome.body.size()));
        return outcome.body.size() < kMaxBodyBytes;
    };
    trouble = HttpTrouble{};
    watch.begin(steady_now() + timeout, kMaxReceivedBytes);
    const auto result = owner->send(request);
    const SocketWatch::Verdict verdict = watch.end();
    if (result) {
        take_head(*result); // the handler is not called where there is no body
    } else if (outcome.body.size() < kMaxBodyBytes) {
        outcome = HttpOutcome{};
        outcome.error = describe(result.error(), verdict, trouble);
    }
    return outcome;
}

HttpClient::HttpClient(const Url& url, std::chrono::milliseconds timeout)
    : state_(std::make_unique<State>(url, timeout)) {}

HttpClient::~HttpClient() = default;

HttpOutcome HttpClient::post(const std::string& body, const std::string& content_type,
                             const std::string& authorization) {
    httplib::Request request;
    request.method = "POST";
    request.headers.emplace("Content-Type", content_type);
    if (!authorization.empty()) {
        request.headers.emplace("Authorization", authorization);
    }
    request.body = body;
    ask_no_leave(request);
    return state_->send(request);
}

void HttpClient::abort() {
    state_->watch.shut_down();
}

} // namespace opsmon
