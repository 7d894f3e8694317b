#include "notify/slack_client.hpp"

#include <utility>

#include "base/http_client.hpp"

namespace opsmon::notify {

HttpAnswer post_json(const SecretUrl& url, const std::string& body,
                     std::chrono::milliseconds timeout) {
    HttpOutcome outcome = HttpClient(url.reveal(), 2 * timeout).post(body, "application/json");
    return {outcome.status, std::move(outcome.body), std::move(outcome.retry_after),
            std::move(outcome.error)};
}

} // namespace opsmon::notify
