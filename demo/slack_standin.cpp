// A local stand-in for Slack's incoming webhooks: takes what Slack would take, refuses what Slack
// would refuse, shows each message as a person would read it, and appends it as one JSON line to a
// file. It can misbehave on request, for tests of the sender.
//
//   slack_standin [--address 127.0.0.1] [--port 9789] [--file slack.jsonl] [--status N]
//                 [--retry-after S] [--hang] [--times N]
//   POST /services/…   a message        GET /messages   what was received, newest last

#include "serve.hpp"

#include <CLI/CLI.hpp>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

using nlohmann::json;

namespace {

constexpr std::size_t kMessagesMax = 1000;
constexpr int kDepthMax = 64;

struct Options {
    opsmon::demo::ListenAt listen{.port = 9789};
    std::string file;
    int status = 200;
    std::optional<int> retry_after_s;
    bool hang = false;
    long times = -1; // how many requests are misbehaved with; all, when negative
};

std::string iso_time(std::chrono::system_clock::time_point at) {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char day_and_time[32];
    std::strftime(day_and_time, sizeof(day_and_time), "%Y-%m-%dT%H:%M:%S", &parts);
    char text[48];
    std::snprintf(text, sizeof(text), "%s.%03dZ", day_and_time, int(milliseconds % 1000));
    return text;
}

std::string text_at(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Discarded (so no object) when the text is no JSON, or is nested deeper than any message.
json parse(const std::string& body) {
    bool too_deep = false;
    const auto watch_depth = [&too_deep](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > kDepthMax;
        return !too_deep;
    };
    json parsed = json::parse(body, watch_depth, false);
    return too_deep ? json(json::value_t::discarded) : parsed;
}

// Slack's own answer to a payload it does not take, or nothing when it takes it.
std::optional<std::string> refusal(const json& payload) {
    if (!payload.is_object()) {
        return "invalid_payload";
    }
    for (const char* list : {"attachments", "blocks"}) {
        if (payload.contains(list) && !payload[list].is_array()) {
            return std::string("invalid_") + list;
        }
    }
    for (const json& attachment : payload.value("attachments", json::array())) {
        if (!attachment.is_object()) {
            return "invalid_attachments";
        }
    }
    const bool says_something = !text_at(payload, "text").empty() ||
                                !payload.value("attachments", json::array()).empty() ||
                                !payload.value("blocks", json::array()).empty();
    return says_something ? std::nullopt : std::optional<std::string>("no_text");
}

// What Slack's page would show, as lines on a terminal.
std::string readable(const std::string& received_at, const json& payload) {
    std::string lines = received_at + "  " + text_at(payload, "channel");
    if (const std::string text = text_at(payload, "text"); !text.empty()) {
        lines += "  " + text;
    }
    for (const json& attachment : payload.value("attachments", json::array())) {
        lines += "\n  [" + text_at(attachment, "color") + "] " + text_at(attachment, "title");
        if (const std::string text = text_at(attachment, "text"); !text.empty()) {
            lines += "\n    ";
            for (const char character : text) {
                lines += character == '\n' ? std::string("\n    ") : std::string(1, character);
            }
        }
    }
    for (char& character : lines) {
        if (static_cast<unsigned char>(character) < ' ' && character != '\n') {
            character = '?'; // a message must not steer the terminal
        }
    }
    return lines + "\n";
}

class Standin {
public:
    explicit Standin(Options options) : options_(std::move(options)) {}

    bool open_file() {
        if (options_.file.empty()) {
            return true;
        }
        file_.open(options_.file, std::ios::app);
        return file_.is_open();
    }

    void take(const httplib::Request& request, httplib::Response& response) {
        if (misbehave(response)) {
            return;
        }
        if (request.get_header_value("Content-Type").rfind("application/json", 0) != 0) {
            answer(response, 400, "invalid_payload");
            return;
        }
        const json payload = parse(request.body);
        if (const auto reason = refusal(payload)) {
            answer(response, 400, *reason);
            return;
        }
        keep(payload);
        answer(response, 200, "ok");
    }

    void list(httplib::Response& response) {
        const std::lock_guard lock(mutex_);
        response.set_content(json(messages_).dump(), "application/json");
    }

    opsmon::demo::StopLatch& latch() { return latch_; }

private:
    static void answer(httplib::Response& response, int status, const std::string& text) {
        response.status = status;
        response.set_content(text, "text/plain");
    }

    bool misbehave(httplib::Response& response) {
        if (!options_.hang && options_.status == 200) {
            return false;
        }
        {
            const std::lock_guard lock(mutex_);
            if (options_.times == 0) {
                return false;
            }
            options_.times -= options_.times > 0 ? 1 : 0;
        }
        if (options_.hang) {
            latch_.wait();
        }
        if (options_.retry_after_s) {
            response.set_header("Retry-After", std::to_string(*options_.retry_after_s));
        }
        answer(response, options_.hang ? 500 : options_.status, "misbehaving on request");
        return true;
    }

    void keep(const json& payload) {
        const std::string received_at = iso_time(std::chrono::system_clock::now());
        const json message = {{"received_at", received_at},
                              {"channel", text_at(payload, "channel")},
                              {"payload", payload}};
        const std::lock_guard lock(mutex_);
        messages_.push_back(message);
        if (messages_.size() > kMessagesMax) {
            messages_.pop_front();
        }
        if (file_.is_open()) {
            file_ << message.dump() << std::endl;
        }
        std::fputs(readable(received_at, payload).c_str(), stdout);
        std::fflush(stdout);
    }

    Options options_;
    opsmon::demo::StopLatch latch_;
    std::mutex mutex_; // everything below, and options_.times
    std::deque<json> messages_;
    std::ofstream file_;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("--address", options.listen.address, "address to listen on")
        ->check(CLI::ValidIPV4);
    app.add_option("--port", options.listen.port, "port to listen on; 0: any that is free")
        ->check(CLI::Range(0, 65535));
    app.add_option("--file", options.file, "append each message to this file, as one JSON line");
    app.add_option("--status", options.status, "answer with this HTTP status and keep nothing")
        ->check(CLI::Range(200, 599));
    app.add_option("--retry-after", options.retry_after_s, "with --status: Retry-After, seconds")
        ->check(CLI::Range(0, 3600));
    app.add_flag("--hang", options.hang, "take the request and never answer");
    app.add_option("--times", options.times, "misbehave this many times only, then work")
        ->check(CLI::Range(0, 1'000'000));
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"a local stand-in for Slack's incoming webhooks"};
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);

    opsmon::demo::block_stop_signals();
    const opsmon::demo::ListenAt listen = options.listen;
    const std::string file = options.file;
    Standin standin(std::move(options));
    if (!standin.open_file()) {
        std::fprintf(stderr, "slack_standin: cannot write %s: choose another with --file\n",
                     file.c_str());
        return 1;
    }
    httplib::Server server;
    server.Post("/services/.+",
                [&standin](const httplib::Request& request, httplib::Response& response) {
                    standin.take(request, response);
                });
    server.Get("/messages", [&standin](const httplib::Request&, httplib::Response& response) {
        standin.list(response);
    });
    return opsmon::demo::serve("slack_standin", server, listen, standin.latch());
}
