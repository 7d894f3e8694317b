#pragma once
// This component provides a message to one receiver: the alerts of a group as they are at the
// moment. The dispatcher makes it; Slack's and the webhooks' forms are made of it.

#include "metrics/labels.hpp"
#include "rules/alert.hpp"

#include <memory>
#include <string>
#include <vector>

namespace opsmon::notify {

using AlertPointer = std::shared_ptr<const rules::Alert>;

struct Message {
    std::string receiver;
    std::string group_key;
    metrics::Labels group_labels;
    std::vector<AlertPointer> firing; // each in Alertmanager's order
    std::vector<AlertPointer> resolved;
    std::vector<AlertPointer> news; // those of `firing` that the receiver was not told of before
    std::string note;               // why it comes here; empty: because it belongs here
    std::string external_url;

    [[nodiscard]] std::vector<AlertPointer> alerts() const {
        auto out = firing;
        out.insert(out.end(), resolved.begin(), resolved.end());
        return out;
    }
};

} // namespace opsmon::notify
