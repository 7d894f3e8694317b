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

TimestampMs Outbox::rests_until(const std::string& group) const {
    const auto failing = failing_.find(group);
    return failing == failing_.end() ? rests_until_
                                     : std::max(rests_until_, failing->second.rests_until);
}

std::optional<std::string> Outbox::next(TimestampMs now, bool regardless_of_rest) const {
    if (in_flight_ || closed_) {
        return std::nullopt;
    }
    const std::pair<const std::string, std::uint64_t>* first = nullptr;
    for (const auto& waiting : waiting_) {
        const bool may = regardless_of_rest || now >= rests_until(waiting.first);
        if (may && (first == nullptr || waiting.second < first->second)) {
            first = &waiting;
        }
    }
    return first == nullptr ? std::nullopt : std::optional(first->first);
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
            auto& failing = failing_.try_emplace(*in_flight_, Failing{now}).first->second;
            failing.rests_until = now + backoff_ms(++failing.in_a_row, verdict.retry_after_ms);
            waiting_.insert_or_assign(*in_flight_, ++order_);
        }
    } else {
        const bool delivered = verdict.kind == Verdict::Kind::Delivered;
        (delivered ? stats_.sent : stats_.failed) += 1;
        failures_in_a_row_ = 0;
        rests_until_ = 0;
        failing_since_.reset();
        handed_over_ = false;
        const bool works_again = in_flight_ && failing_.erase(*in_flight_) > 0 && delivered;
        for (auto& [group, failing] : failing_) {
            failing.rests_until = works_again ? 0 : failing.rests_until;
        }
        if (in_flight_ && delivered) {
            refused_.erase(*in_flight_);
        } else if (in_flight_) {
            refused_.insert(*in_flight_);
        }
    }
    last_failure_ = verdict.why;
    in_flight_.reset();
}

std::optional<TimestampMs> Outbox::failing_since(const std::string& group) const {
    const auto failing = failing_.find(group);
    if (failing == failing_.end()) {
        return failing_since_;
    }
    return std::min(failing->second.since, failing_since_.value_or(failing->second.since));
}

std::vector<std::string> Outbox::take_given_up(TimestampMs now, TimestampMs after_ms) {
    std::vector<std::string> out;
    if (failing_since_ && now - *failing_since_ >= after_ms && !std::exchange(handed_over_, true)) {
        for (const auto& [group, order] : waiting_) {
            out.push_back(group);
        }
        if (in_flight_) {
            out.push_back(*in_flight_);
        }
    }
    for (auto& [group, failing] : failing_) {
        if (now - failing.since >= after_ms && !std::exchange(failing.handed_over, true)) {
            out.push_back(group);
        }
    }
    return out;
}

std::optional<TimestampMs> Outbox::next_at(TimestampMs now) const {
    if (in_flight_) {
        return std::nullopt;
    }
    std::optional<TimestampMs> out;
    for (const auto& [group, order] : waiting_) {
        const auto at = std::max(now, rests_until(group));
        out = std::min(at, out.value_or(at));
    }
    return out;
}

void Outbox::end_rest() {
    rests_until_ = 0;
    failures_in_a_row_ = 0;
    for (auto& [group, failing] : failing_) {
        failing.rests_until = 0;
        failing.in_a_row = 0;
    }
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
