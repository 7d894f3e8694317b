#include "notify/outbox.hpp"

#include "notify/backoff.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::notify {

bool ChannelConfig::same_place(const ChannelConfig& other) const {
    if (receiver != other.receiver || config.index() != other.config.index()) {
        return false;
    }
    if (const auto* slack = std::get_if<SlackConfig>(&config)) {
        const auto& others = std::get<SlackConfig>(other.config);
        const auto channel = [](const SlackConfig& one) {
            const auto found = one.texts.find("channel");
            return found == one.texts.end() ? std::string() : found->second.text();
        };
        return slack->url.same_place(others.url) && channel(*slack) == channel(others);
    }
    if (const auto* webhook = std::get_if<WebhookConfig>(&config)) {
        return webhook->url.same_place(std::get<WebhookConfig>(other.config).url);
    }
    return std::get<AlertmanagerConfig>(config).url ==
           std::get<AlertmanagerConfig>(other.config).url;
}

std::vector<ChannelConfig> channels_of(const std::vector<Receiver>& receivers) {
    std::vector<ChannelConfig> out;
    for (const auto& receiver : receivers) {
        std::size_t place = 0;
        for (const auto& slack : receiver.slack) {
            out.push_back(
                {receiver.name, receiver.name + "/slack/" + std::to_string(place++), slack});
        }
        place = 0;
        for (const auto& webhook : receiver.webhooks) {
            out.push_back(
                {receiver.name, receiver.name + "/webhook/" + std::to_string(place++), webhook});
        }
        for (const auto& alertmanager : receiver.alertmanagers) {
            out.push_back({receiver.name, receiver.name + "/" + alertmanager.place, alertmanager});
        }
    }
    return out;
}

void Outbox::add(const std::string& group) {
    waiting_.try_emplace(group, ++order_);
}

std::optional<std::string> Outbox::next(TimestampMs now, bool regardless_of_rest) const {
    if (waiting_.empty() || in_flight_ || closed_ || (now < rests_until_ && !regardless_of_rest)) {
        return std::nullopt;
    }
    return std::min_element(waiting_.begin(), waiting_.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

void Outbox::begin(const std::string& group) {
    waiting_.erase(group);
    in_flight_ = group;
}

void Outbox::completed(const Verdict& verdict, TimestampMs now) {
    if (verdict.kind == Verdict::Kind::Retry) {
        ++stats_.retries;
        failing_since_ = failing_since_.value_or(now);
        rests_until_ = now + backoff_ms(++failures_in_a_row_, verdict.retry_after_ms);
        if (in_flight_) {
            waiting_.insert_or_assign(*in_flight_, 0); // and first
        }
    } else {
        const bool delivered = verdict.kind == Verdict::Kind::Delivered;
        (delivered ? stats_.sent : stats_.failed) += 1;
        failures_in_a_row_ = 0;
        rests_until_ = 0;
        failing_since_.reset();
        handed_over_ = false;
        if (in_flight_ && delivered) {
            refused_.erase(*in_flight_);
        } else if (in_flight_) {
            refused_.insert(*in_flight_);
        }
    }
    last_failure_ = verdict.why;
    in_flight_.reset();
}

std::vector<std::string> Outbox::take_not_handed_over() {
    std::vector<std::string> out;
    if (!std::exchange(handed_over_, true)) {
        for (const auto& [group, order] : waiting_) {
            out.push_back(group);
        }
        if (in_flight_) {
            out.push_back(*in_flight_);
        }
    }
    return out;
}

std::optional<TimestampMs> Outbox::next_at(TimestampMs now) const {
    return waiting_.empty() || in_flight_ ? std::nullopt
                                          : std::optional(std::max(now, rests_until_));
}

void Outbox::end_rest() {
    rests_until_ = 0;
    failures_in_a_row_ = 0;
    for (const auto& group : refused_) {
        add(group);
    }
}

OutboxStats Outbox::stats() const {
    auto out = stats_;
    out.waiting = waiting_.size() + (in_flight_ ? 1 : 0);
    return out;
}

} // namespace opsmon::notify
