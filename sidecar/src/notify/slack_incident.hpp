#pragma once
// This component decides which calls of Slack's API tell of an incident: the first time a message;
// after that the message is edited to the state by now and what is new goes into its thread, since
// an edit alone notifies nobody. A message that is gone is posted anew. The delivery makes the
// calls and says what was answered. Pure.

#include "notify/slack_post.hpp"
#include "notify/slack_response.hpp"

#include <optional>

namespace opsmon::notify {

enum class SlackCall { Post, Update, Reply };

class SlackIncident {
public:
    // `known` is the incident's message; nothing: none was posted yet.
    explicit SlackIncident(std::optional<SlackPost> known)
        : post_(std::move(known)), next_(post_ ? SlackCall::Update : SlackCall::Post) {}

    // The call to make now; nothing once there is a verdict.
    [[nodiscard]] std::optional<SlackCall> next() const { return next_; }
    void answered(const HttpAnswer& answer);

    // The message that Update and Reply speak of.
    [[nodiscard]] const std::optional<SlackPost>& post() const { return post_; }

    // Once nothing is left to do. What was delivered says by which message it can be edited. A
    // reply that did not arrive is tried again with an edit before it, which then changes nothing.
    [[nodiscard]] const Verdict& verdict() const { return verdict_; }

private:
    std::optional<SlackPost> post_;
    std::optional<SlackCall> next_;
    Verdict verdict_;
};

} // namespace opsmon::notify
