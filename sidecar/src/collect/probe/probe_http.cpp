#include <algorithm>
#include <set>

#include <openssl/evp.h>
#include <re2/re2.h>
#include <strings.h>

#include "collect/probe/http_answer.hpp"
#include "base/host_header.hpp"
#include "base/redirect.hpp"
#include "collect/probe/probe_kinds.hpp"
#include "collect/probe/wire.hpp"
#include "config/secret_file.hpp"

namespace opsmon::collect {
namespace {

using config::HttpCheck;

constexpr std::size_t kMaxRedirects = 10;
constexpr std::size_t kMatchedBodyBytes = 256 * 1024;

std::string base64(const std::string& text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Without the line ends that editors put at the end of a file.
Result<std::string> read_secret(const std::string& path, const std::string& described_as) {
    auto content = config::read_private_file(path, config::kMaxSecretBytes, described_as);
    while (content && (content->ends_with('\n') || content->ends_with('\r'))) {
        content->pop_back();
    }
    return content;
}

// The lines that only the configured origin may see.
bool read_secret_headers(const HttpCheck& check, std::string& lines, ProbeOutcome& out) {
    for (const config::HeaderText& header : check.header_files) {
        const auto value = read_secret(header.text, "a file of header_files");
        if (!value) {
            return out.fail(Reason::Settings, value.error().message);
        }
        lines += header.name + ": " + *value + "\r\n";
    }
    if (!check.username.empty()) {
        const auto password = read_secret(check.password_file, "the file of password_file");
        if (!password) {
            return out.fail(Reason::Settings, password.error().message);
        }
        lines += "Authorization: Basic " + base64(check.username + ':' + *password) + "\r\n";
    }
    // Each header is one line; a line end within a secret would make two of it.
    std::size_t ends = 0;
    for (const char c : lines) {
        ends += c == '\n' ? 1 : 0;
    }
    const std::size_t headers = check.header_files.size() + (check.username.empty() ? 0 : 1);
    return ends == headers ||
           out.fail(Reason::Settings, "a secret for a header has more than one line");
}

class HttpAttempt {
public:
    HttpAttempt(const config::Service& service, Resolver& resolver, SteadyTime deadline,
                ProbeOutcome& out)
        : service_(service),
          check_(service.http),
          resolver_(resolver),
          deadline_(deadline),
          out_(out) {}

    void run() {
        if (!read_secret_headers(check_, secret_headers_, out_)) {
            return;
        }
        Url url = service_.url;
        std::string method = check_.method;
        std::set<std::string> seen;
        for (std::size_t hop = 0;; ++hop) {
            HttpAnswer answer(method == "HEAD", kMatchedBodyBytes);
            seen.insert(url.origin() + url.target());
            if (!ask(url, method, answer)) {
                return;
            }
            out_.http_status = answer.status();
            out_.step("status " + std::to_string(answer.status()));
            if (!is_redirect(answer.status()) || check_.redirects == config::Redirects::Judge) {
                judge(answer);
                return;
            }
            if (!find_next(answer, hop, seen, url)) {
                return;
            }
            if (answer.status() == 303 && method == "POST") {
                method = "GET";
            }
        }
    }

private:
    [[nodiscard]] std::string request(const Url& url, const std::string& method) const {
        const bool home = same_origin(url, service_.url);
        std::string out = method + ' ' + url.target() + " HTTP/1.1\r\n";
        const bool own_host =
            std::any_of(check_.headers.begin(), check_.headers.end(), [](const auto& header) {
                return ::strcasecmp(header.name.c_str(), "Host") == 0;
            });
        if (!own_host || !home) {
            out += "Host: " + host_header(url) + "\r\n";
        }
        out += "User-Agent: opsmon-sidecar/" OPSMON_VERSION "\r\nAccept: */*\r\n"
               "Connection: close\r\n";
        if (home) { // headers of the settings may hold a secret too
            for (const config::HeaderText& header : check_.headers) {
                out += header.name + ": " + header.text + "\r\n";
            }
            out += secret_headers_;
        }
        if (method == "POST") {
            const std::string& body = home ? check_.body : kNothing;
            out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        } else {
            out += "\r\n";
        }
        return out;
    }

    bool ask(const Url& url, const std::string& method, HttpAnswer& answer) {
        Wire wire(out_, deadline_);
        const bool by_socket = !check_.unix_socket.empty() && same_origin(url, service_.url);
        const bool connected = by_socket ? wire.connect_unix(check_.unix_socket)
                                         : wire.connect(resolver_, {url.host, url.port});
        config::TlsCheck tls = service_.tls;
        if (!same_origin(url, service_.url)) {
            tls.server_name.clear(); // it is the name of the configured server
        }
        if (!connected || (url.tls && !wire.start_tls(tls, url.host))) {
            return false;
        }
        const SteadyTime asked = steady_now();
        if (!wire.send(request(url, method))) {
            return false;
        }
        return receive(wire, answer, asked);
    }

    bool receive(Wire& wire, HttpAnswer& answer, SteadyTime asked) {
        std::optional<SteadyTime> first;
        std::string bytes;
        while (answer.state() == HttpAnswer::State::Head ||
               answer.state() == HttpAnswer::State::Body) {
            bytes.clear();
            const Wire::Got got = wire.receive(bytes, HttpAnswer::kMaxHeadBytes);
            if (got == Wire::Got::Failed) {
                return false;
            }
            if (!first) {
                first = steady_now();
                out_.add_phase(Phase::FirstByte, asked, *first);
            }
            if (got == Wire::Got::End) {
                answer.end();
            } else {
                answer.feed(bytes);
            }
        }
        if (first) {
            out_.add_phase(Phase::Transfer, *first, steady_now());
        }
        if (answer.status() != 0) {
            out_.http_status = answer.status();
        }
        // A wrong status explains more than a page that is too long.
        if (answer.state() == HttpAnswer::State::TooLarge && answer.status() != 0 &&
            !judge_status(answer.status())) {
            return false;
        }
        return answer.state() == HttpAnswer::State::Complete ||
               out_.fail(answer.state() == HttpAnswer::State::TooLarge ? Reason::TooLarge
                                                                       : Reason::Protocol,
                         std::string(answer.problem()));
    }

    bool find_next(const HttpAnswer& answer, std::size_t hop, const std::set<std::string>& seen,
                   Url& url) {
        if (check_.redirects == config::Redirects::Refuse) {
            return out_.fail(Reason::Redirect, "a redirect, which the settings refuse");
        }
        if (hop == kMaxRedirects) {
            return out_.fail(Reason::Redirect, "more than 10 redirects");
        }
        auto next = redirect_target(url, answer.header("Location").value_or(""));
        if (!next) {
            return out_.fail(Reason::Redirect,
                             "a redirect that cannot be followed: " + next.error().message);
        }
        if (seen.contains(next->origin() + next->target())) {
            return out_.fail(Reason::Redirect, "the redirects go round in a circle");
        }
        // Without path and query: a one-time link, or a header that is sent back, is a secret.
        out_.step("redirected to " + next->origin());
        url = std::move(*next);
        return true;
    }

    bool judge_status(int status) {
        return std::any_of(check_.statuses.begin(), check_.statuses.end(),
                           [&](const auto& range) {
                               return status >= range.first && status <= range.last;
                           }) ||
               out_.fail(Reason::Status, "HTTP status " + std::to_string(status));
    }

    void judge(const HttpAnswer& answer) {
        if (!judge_status(answer.status())) {
            return;
        }
        for (const config::HeaderText& header : check_.header_patterns) {
            const auto value = answer.header(header.name);
            // Newer versions of RE2 have a string_view of their own.
            if (!value || !RE2::PartialMatch(re2::StringPiece(value->data(), value->size()),
                                             RE2(header.text, RE2::Quiet))) {
                out_.fail(Reason::Header, "header " + header.name + " is not as expected");
                return;
            }
        }
        for (const std::string& pattern : check_.body_patterns) {
            if (!RE2::PartialMatch(answer.body(), RE2(pattern, RE2::Quiet))) {
                out_.fail(Reason::Body, "the body does not match " + pattern);
                return;
            }
        }
        for (const std::string& pattern : check_.forbidden_body_patterns) {
            if (RE2::PartialMatch(answer.body(), RE2(pattern, RE2::Quiet))) {
                out_.fail(Reason::Body, "the body matches " + pattern);
                return;
            }
        }
    }

    inline static const std::string kNothing;
    const config::Service& service_;
    const HttpCheck& check_;
    Resolver& resolver_;
    SteadyTime deadline_;
    ProbeOutcome& out_;
    std::string secret_headers_;
};

} // namespace

void probe_http(const config::Service& service, Resolver& resolver, SteadyTime deadline,
                ProbeOutcome& out) {
    HttpAttempt(service, resolver, deadline, out).run();
}

} // namespace opsmon::collect
