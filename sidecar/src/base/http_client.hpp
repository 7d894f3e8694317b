#pragma once
// This component provides `HttpClient`: requests to one address that end at their time-out, however
// the peer drips or floods, and that another thread can end sooner. The webhooks use it. It never
// follows a redirect, keeps no connection, takes at most 1 MiB from the network, 8 KiB of a line of
// the head and 64 KiB of an answer's body, and its errors never hold the address.

#include <chrono>
#include <memory>
#include <string>

#include "base/url.hpp"

namespace opsmon {

struct HttpOutcome {
    int status = 0;    // 0: no answer
    std::string error; // why there is none
    std::string body;  // its beginning
    std::string retry_after;
    std::string date;     // by the peer's clock
    std::string location; // of a redirect
};

class HttpClient {
public:
    // `timeout` is for the whole request.
    HttpClient(const Url& url, std::chrono::milliseconds timeout);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // One request at a time. `authorization` is the value of that header; empty: none.
    HttpOutcome post(const std::string& body, const std::string& content_type,
                     const std::string& authorization = {});

    // Ends the request under way, from any thread, without waiting. A name lookup cannot be ended.
    void abort();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace opsmon
