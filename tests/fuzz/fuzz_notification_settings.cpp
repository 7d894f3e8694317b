// Any bytes as a notification file: faults are told, and with what is accepted an alert finds its
// way and its message can be written.

#include <cstddef>
#include <cstdint>
#include <string>

#include "notify/dispatcher.hpp"
#include "notify/slack_message.hpp"
#include "notify/webhook_message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon;
    const std::string text(reinterpret_cast<const char*>(data), size);
    // Files of this machine are no part of the input.
    if (text.find("_file") != std::string::npos || text.find("templates") != std::string::npos) {
        return 0;
    }
    auto settings = notify::read_settings("/nowhere/settings.yml", text);
    if (!settings) {
        return 0;
    }
    notify::Dispatcher dispatcher(std::move(*settings));
    rules::Alert alert;
    alert.state = rules::AlertState::Firing;
    alert.labels.set("alertname", "A");
    alert.labels.set("severity", "critical");
    alert.annotations = {{"summary", "a <b> & c"}};
    constexpr TimestampMs kDay = 86'400'000;
    dispatcher.offer({alert}, {kDay, 20'000 * kDay});
    dispatcher.flush_all({kDay, 20'000 * kDay});
    for (int sent = 0; sent < 50; ++sent) {
        const auto job = dispatcher.next({kDay, 20'000 * kDay}, true);
        if (!job) {
            break;
        }
        if (const auto* slack = std::get_if<notify::SlackConfig>(&job->config.config)) {
            (void)notify::slack_message(job->message, *slack, 20'000 * kDay);
        } else if (const auto* webhook = std::get_if<notify::WebhookConfig>(&job->config.config)) {
            (void)notify::webhook_message(job->message, webhook->max_alerts);
        }
        dispatcher.completed(*job, {}, {kDay, 20'000 * kDay});
    }
    return 0;
}
