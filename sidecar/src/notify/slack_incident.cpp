#include "notify/slack_incident.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace opsmon::notify {
namespace {

// Of an edit or a reply: the message is not there any more, or nothing can be done to it. Another
// one is needed.
bool is_gone(std::string_view error) {
    constexpr auto kGone = std::to_array<std::string_view>(
        {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found",
         "cannot_reply_to_message", "restricted_action_thread_locked", "thread_locked",
         "channel_not_found", "is_inactive", "is_archived", "update_failed"});
    return std::find(kGone.begin(), kGone.end(), error) != kGone.end();
}

} // namespace

void SlackIncident::answered(const HttpAnswer& answer) {
    auto said = read_api_answer(answer);
    const auto call = std::exchange(next_, std::nullopt);
    if (call != SlackCall::Post && is_gone(said.error)) {
        post_.reset();
        next_ = SlackCall::Post; // where it must be refused, that says why
        return;
    }
    verdict_ = std::move(said.verdict);
    if (verdict_.kind != Verdict::Kind::Delivered) {
        return;
    }
    if (call == SlackCall::Post) {
        post_ = std::move(said.post);
    } else if (call == SlackCall::Update) {
        next_ = SlackCall::Reply;
    }
    verdict_.post = post_;
}

} // namespace opsmon::notify
