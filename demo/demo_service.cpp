// A small HTTP service for the sidecar to probe: GET /health is well, GET /fail is not, and
// GET /slow?ms=N is well after N milliseconds.
//
//   demo_service [--port 9790] [--access-log FILE]

#include "serve.hpp"

#include <CLI/CLI.hpp>
#include <httplib.h>

#include <charconv>
#include <ctime>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>

namespace {

constexpr int kSlowMsMax = 60'000;

std::optional<int> milliseconds_of(const std::string& text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
    const bool valid = error == std::errc() && stopped_at == end && value >= 0;
    return valid && value <= kSlowMsMax ? std::optional<int>(value) : std::nullopt;
}

void answer(httplib::Response& response, int status, const std::string& text) {
    response.status = status;
    response.set_content(text + "\n", "text/plain");
}

// A line in the combined format, as nginx and Apache write it.
std::string combined_line(const httplib::Request& request, const httplib::Response& response) {
    char time_text[64] = "";
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::strftime(time_text, sizeof time_text, "%d/%b/%Y:%H:%M:%S +0000", &parts);
    return request.remote_addr + " - - [" + time_text + "] \"" + request.method + " " +
           request.target + " " + request.version + "\" " + std::to_string(response.status) + " " +
           std::to_string(response.body.size()) + " \"-\" \"-\"\n";
}

} // namespace

int main(int argc, char** argv) {
    int port = 9790;
    std::string access_log;
    CLI::App app{"a small HTTP service to be probed"};
    app.add_option("--port", port, "port on 127.0.0.1; 0: any that is free")
        ->check(CLI::Range(0, 65535));
    app.add_option("--access-log", access_log, "where to write a line for each request");
    CLI11_PARSE(app, argc, argv);

    opsmon::demo::block_stop_signals();
    opsmon::demo::StopLatch latch;
    httplib::Server server;
    std::mutex log_mutex;
    std::ofstream log;
    if (!access_log.empty()) {
        log.open(access_log, std::ios::app);
        server.set_logger([&](const httplib::Request& request, const httplib::Response& response) {
            const std::lock_guard lock(log_mutex);
            log << combined_line(request, response) << std::flush;
        });
    }
    server.Get("/health", [](const httplib::Request&, httplib::Response& response) {
        answer(response, 200, "ok");
    });
    server.Get("/fail", [](const httplib::Request&, httplib::Response& response) {
        answer(response, 500, "failing on request");
    });
    server.Get("/slow", [&latch](const httplib::Request& request, httplib::Response& response) {
        const auto wait_ms = milliseconds_of(request.get_param_value("ms"));
        if (!wait_ms) {
            answer(response, 400, "ms must be a number from 0 to 60000");
            return;
        }
        const bool whole = latch.wait_for(std::chrono::milliseconds(*wait_ms));
        answer(response, whole ? 200 : 503, whole ? "ok" : "stopping");
    });
    return opsmon::demo::serve("demo_service", server, {.port = port}, latch);
}
