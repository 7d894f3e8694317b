#include "notify/slack_client.hpp"

#include <httplib.h>

namespace opsmon::notify {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 * 1024;

std::string describe(httplib::Error error) {
    switch (error) {
    case httplib::Error::Connection:
        return "cannot connect";
    case httplib::Error::Read:
        return "no complete answer in time, or the connection was closed";
    case httplib::Error::SSLConnection:
        return "the TLS handshake failed";
    case httplib::Error::SSLServerVerification:
        return "the TLS certificate is not valid for this name or not trusted";
    default:
        return "the request failed: " + httplib::to_string(error);
    }
}

} // namespace

HttpAnswer post_json(const SecretUrl& url, const std::string& body,
                     std::chrono::milliseconds timeout) {
    using Clock = std::chrono::steady_clock;
    httplib::Client client(url.reveal().origin());
    client.set_connection_timeout(timeout);
    client.set_read_timeout(timeout);
    client.set_write_timeout(timeout);
    client.set_follow_location(false);
    client.set_keep_alive(false);
    client.set_url_encode(false);
    httplib::Request request;
    request.method = "POST";
    request.path = url.reveal().target();
    request.headers = {{"Content-Type", "application/json"}, {"User-Agent", "opsmon-sidecar"}};
    request.body = body;
    HttpAnswer answer;
    // The time-outs above are for one step each: an answer that drips in is ended here.
    const auto deadline = Clock::now() + 2 * timeout;
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t,
                                   std::uint64_t) {
        answer.body.append(data, std::min(size, kMaxAnswerBytes - answer.body.size()));
        return answer.body.size() < kMaxAnswerBytes && Clock::now() < deadline;
    };
    const auto result = client.send(request);
    if (!result) {
        answer.error = describe(result.error());
        return answer;
    }
    answer.status = result->status;
    answer.retry_after = result->get_header_value("Retry-After");
    return answer;
}

} // namespace opsmon::notify
