#include "notify/delivery.hpp"

#include <utility>

#include "base/http_client.hpp"
#include "notify/slack_message.hpp"
#include "notify/webhook_message.hpp"

namespace opsmon::notify {

HttpAnswer post_json(const SecretUrl& url, const SecretHeader& authorization,
                     const std::string& body, std::chrono::milliseconds timeout) {
    HttpOutcome outcome = HttpClient(url.reveal(), 2 * timeout)
                              .post(body, "application/json", authorization.reveal());
    return {outcome.status, std::move(outcome.body), std::move(outcome.retry_after),
            std::move(outcome.error)};
}

Verdict deliver(const Job& job, std::chrono::milliseconds timeout, TimestampMs now) {
    if (const auto* slack = std::get_if<SlackConfig>(&job.config.config)) {
        return classify(post_json(slack->url, slack->authorization,
                                  slack_message(job.message, *slack, now), timeout));
    }
    if (const auto* webhook = std::get_if<WebhookConfig>(&job.config.config)) {
        return classify_plain(post_json(webhook->url, webhook->authorization,
                                        webhook_message(job.message, webhook->max_alerts),
                                        timeout));
    }
    const auto& alertmanager = std::get<AlertmanagerConfig>(job.config.config);
    auto verdict = classify_plain(
        post_json(alertmanager.url, {}, alertmanager_message(job.message, now), timeout));
    if (verdict.kind != Verdict::Kind::Delivered) {
        verdict.why = alertmanager.place + ": " + verdict.why;
    }
    return verdict;
}

} // namespace opsmon::notify
