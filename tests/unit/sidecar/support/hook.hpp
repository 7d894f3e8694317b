#pragma once
// This component provides a webhook's other side for tests: a server that answers each path as the
// test says and knows what it was asked.

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "support/probe_peer.hpp"

namespace opsmon::test {

class Hook {
public:
    [[nodiscard]] int port() const { return peer_.port(); }
    [[nodiscard]] std::string at(const std::string& host, const std::string& path) const {
        return "http://" + host + ":" + std::to_string(port()) + path;
    }
    void redirect(const std::string& path, int status, const std::string& location) {
        answers_[path] = "HTTP/1.1 " + std::to_string(status) +
                         " Elsewhere\r\nContent-Length: 0\r\nLocation: " + location + "\r\n\r\n";
    }
    void answer(const std::string& path, const std::string& answer) { answers_[path] = answer; }
    [[nodiscard]] std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    void serve(int fd) {
        const auto head = read_request(fd);
        constexpr std::string_view kLength = "Content-Length: ";
        const auto length = head.find(kLength);
        std::string body(
            length == std::string::npos ? 0 : std::stoul(head.substr(length + kLength.size())),
            ' ');
        (void)::recv(fd, body.data(), body.size(), MSG_WAITALL);
        const auto from = head.find(' ') + 1;
        const auto found = answers_.find(head.substr(from, head.find(' ', from) - from));
        {
            const std::lock_guard lock(mutex_);
            asked_.push_back(head + body);
        }
        write_all(fd, found == answers_.end() ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                              : found->second);
    }

    std::mutex mutex_;
    std::vector<std::string> asked_;
    std::map<std::string, std::string> answers_; // set before the first request
    ProbePeer peer_{[this](int fd) { serve(fd); }};
};

} // namespace opsmon::test
