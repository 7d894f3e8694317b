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

// With the secrets of files as they are by now.
Result<Address> address_of(const auto& config) {
    auto url = config.url.current();
    if (!url) {
        return url.error();
    }
    auto authorization = config.authorization.current();
    if (!authorization) {
        return authorization.error();
    }
    return Address{std::move(*url), std::move(*authorization), config.follow_redirects};
}

Verdict no_address(const Error& error) {
    return {Verdict::Kind::Retry, error.message, std::nullopt};
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

Verdict deliver_as_bot(const Job& job, const SlackConfig& slack, const Address& address,
                       milliseconds timeout, TimestampMs now) {
    // An edit, a reply, and a message where the one that was edited is gone.
    const auto share = job.post ? timeout / 3 : timeout;
    SlackIncident incident(job.post);
    while (const auto call = incident.next()) {
        incident.answered(post_json(call == SlackCall::Update ? update_address(address) : address,
                                    body_of(*call, job, slack, incident.post(), now), share));
    }
    return incident.verdict();
}

Verdict deliver_to_slack(const Job& job, const SlackConfig& slack, milliseconds timeout,
                         TimestampMs now) {
    const auto address = address_of(slack);
    if (!address) {
        return no_address(address.error());
    }
    if (SlackConfig::is_bot(address->url)) {
        return deliver_as_bot(job, slack, *address, timeout, now);
    }
    return classify(post_json(*address, slack_message(job.message, slack, now), timeout));
}

} // namespace

Verdict deliver(const Job& job, std::chrono::milliseconds timeout, TimestampMs now) {
    if (const auto* slack = std::get_if<SlackConfig>(&job.config.config)) {
        return deliver_to_slack(job, *slack, timeout, now);
    }
    if (const auto* webhook = std::get_if<WebhookConfig>(&job.config.config)) {
        const auto address = address_of(*webhook);
        return address ? classify_plain(post_json(
                             *address, webhook_message(job.message, webhook->max_alerts), timeout))
                       : no_address(address.error());
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
