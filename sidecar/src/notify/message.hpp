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

// Alertmanager's order: by job, then instance, then all labels, whether they fire or not.
[[nodiscard]] bool comes_before(const AlertPointer& a, const AlertPointer& b);

struct Message {
    std::string receiver;
    std::string group_key;
    metrics::Labels group_labels;
    std::vector<AlertPointer> firing; // each in that order
    std::vector<AlertPointer> resolved;
    std::vector<AlertPointer> news; // those of `firing` that the receiver was not told of before
    std::string note;               // why it comes here; empty: because it belongs here
    std::string external_url;

    // All of them, in one order.
    [[nodiscard]] std::vector<AlertPointer> alerts() const;
};

} // namespace opsmon::notify
