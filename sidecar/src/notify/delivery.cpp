#include "notify/delivery.hpp"

#include <utility>

#include "notify/slack_incident.hpp"
#include "notify/slack_message.hpp"
#include "notify/slack_thread.hpp"
#include "notify/webhook_client.hpp"
#include "notify/webhook_message.hpp"

namespace opsmon::notify {
namespace {

using std::chrono::milliseconds;

Address update_address(Address post_message) {
    auto url = post_message.url.reveal();
    url.path.resize(url.path.size() - SlackConfig::kPostMessage.size());
    url.path += SlackConfig::kUpdate;
    post_message.url = SecretUrl(std::move(url));
    return post_message;
}

Address address_of(const auto& config) {
    return {config.url, config.authorization, config.follow_redirects};
}

std::string body_of(SlackCall call, const Job& job, const SlackConfig& slack,
                    const std::optional<SlackPost>& post, TimestampMs now) {
    switch (call) {
    case SlackCall::Update:
        return slack_update(job.message, slack, now, *post);
    case SlackCall::Reply:
        return slack_reply(job.message, slack, now, *post);
    case SlackCall::Post:
        break;
    }
    return slack_message(job.message, slack, now);
}

Verdict deliver_as_bot(const Job& job, const SlackConfig& slack, milliseconds timeout,
                       TimestampMs now) {
    const auto address = address_of(slack);
    // An edit, a reply, and a message where the one that was edited is gone.
    const auto share = job.post ? timeout / 3 : timeout;
    SlackIncident incident(job.post);
    while (const auto call = incident.next()) {
        incident.answered(post_json(call == SlackCall::Update ? update_address(address) : address,
                                    body_of(*call, job, slack, incident.post(), now), share));
    }
    return incident.verdict();
}

} // namespace

Verdict deliver(const Job& job, std::chrono::milliseconds timeout, TimestampMs now) {
    if (const auto* slack = std::get_if<SlackConfig>(&job.config.config)) {
        if (slack->is_bot()) {
            return deliver_as_bot(job, *slack, timeout, now);
        }
        return classify(
            post_json(address_of(*slack), slack_message(job.message, *slack, now), timeout));
    }
    if (const auto* webhook = std::get_if<WebhookConfig>(&job.config.config)) {
        return classify_plain(post_json(
            address_of(*webhook), webhook_message(job.message, webhook->max_alerts), timeout));
    }
    const auto& alertmanager = std::get<AlertmanagerConfig>(job.config.config);
    auto verdict = classify_plain(
        post_json({alertmanager.url}, alertmanager_message(job.message, now), timeout));
    if (verdict.kind != Verdict::Kind::Delivered) {
        verdict.why = alertmanager.place + ": " + verdict.why;
    }
    return verdict;
}

} // namespace opsmon::notify
