#pragma once
// This component provides `HttpClient`: GET requests to one address, with a time-out on every step
// and a way for another thread to end a request that still takes too long. The service probes use
// it. It never follows a redirect, keeps no connection, and reads at most 64 KiB of an answer.

#include <chrono>
#include <memory>
#include <string>

#include "base/url.hpp"

namespace opsmon {

struct HttpOutcome {
    int status = 0;    // 0: no answer
    std::string error; // why there is none
};

class HttpClient {
public:
    HttpClient(const Url& url, std::chrono::milliseconds timeout);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // One request at a time.
    HttpOutcome get();

    // Ends the request under way, from any thread, without waiting. A name lookup cannot be ended.
    void abort();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace opsmon
