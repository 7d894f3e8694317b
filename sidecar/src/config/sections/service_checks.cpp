#include "config/sections/service_checks.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <re2/re2.h>

#include "config/secret_file.hpp"

namespace opsmon::config {
namespace {

constexpr std::size_t kMaxPatterns = 20;
constexpr std::size_t kMaxSteps = 10;

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool has_control_bytes(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

void check_pattern(const std::string& pattern, int line, const std::string& where,
                   const Context& context) {
    const RE2 compiled(pattern, RE2::Quiet);
    if (!compiled.ok()) {
        context.faults->add(line, where, "is not a pattern: " + compiled.error());
    }
}

std::vector<std::string> read_patterns(Section& section, std::string_view key,
                                       const Context& context) {
    const auto given = section.texts(key, kMaxPatterns, kMaxTextBytes);
    for (const auto& pattern : given) {
        check_pattern(pattern.value, pattern.line, section.key_path(key), context);
    }
    return values(given);
}

void check_secret(const std::string& file, int line, const std::string& where,
                  const Context& context) {
    const auto content = read_private_file(file, kMaxSecretBytes, "the file this key names");
    if (!content) {
        context.faults->add(line, where, content.error().message);
    }
}

// "Name: text"
std::vector<HeaderText> read_headers(Section& section, std::string_view key,
                                     const Context& context) {
    std::vector<HeaderText> out;
    for (const auto& given : section.texts(key, kMaxPatterns, kMaxTextBytes)) {
        const auto colon = given.value.find(':');
        const auto start = colon == std::string::npos
                               ? std::string::npos
                               : given.value.find_first_not_of(' ', colon + 1);
        if (start == std::string::npos || !is_token(given.value.substr(0, colon)) ||
            has_control_bytes(given.value)) {
            context.faults->add(given.line, section.key_path(key),
                                "an entry is the name of a header, a colon, and a text");
            continue;
        }
        out.push_back({given.value.substr(0, colon), given.value.substr(start)});
    }
    return out;
}

bool read_range(std::string_view text, StatusRange& out) {
    const char* const end = text.data() + text.size();
    auto [stop, problem] = std::from_chars(text.data(), end, out.first);
    out.last = out.first;
    if (problem == std::errc() && stop != end && *stop == '-') {
        const auto second = std::from_chars(stop + 1, end, out.last);
        stop = second.ptr;
        problem = second.ec;
    }
    return problem == std::errc() && stop == end && out.first >= 100 && out.first <= out.last &&
           out.last <= 599;
}

void read_method(Section& section, const Context& context, HttpCheck& out) {
    section.describe("method", "word", "GET, HEAD or POST");
    if (const auto method = section.text("method", 16)) {
        out.method = method->value;
        if (out.method != "GET" && out.method != "HEAD" && out.method != "POST") {
            context.faults->add(method->line, section.key_path("method"),
                                "is not one of GET, HEAD, POST");
        }
    }
    if (const auto body = section.text("body", kMaxTextBytes)) {
        out.body = body->value;
        if (out.method != "POST") {
            context.faults->add(body->line, section.key_path("body"), "goes with POST only");
        }
    }
}

void read_http(Section section, const Context& context, HttpCheck& out) {
    read_method(section, context, out);
    const auto statuses = section.texts("expect_status", kMaxPatterns, 16);
    if (!statuses.empty()) {
        out.statuses.clear();
    }
    for (const auto& given : statuses) {
        StatusRange range;
        if (!read_range(given.value, range)) {
            context.faults->add(given.line, section.key_path("expect_status"),
                                "an entry is a status such as 204, or a range such as 200-299");
        }
        out.statuses.push_back(range);
    }
    out.headers = read_headers(section, "headers", context);
    out.header_files = read_headers(section, "header_files", context);
    for (HeaderText& header : out.header_files) {
        header.text = beside(context.file, header.text);
        check_secret(header.text, section.line(), section.key_path("header_files"), context);
    }
    out.header_patterns = read_headers(section, "header_matches", context);
    for (const HeaderText& header : out.header_patterns) {
        check_pattern(header.text, section.line(), section.key_path("header_matches"), context);
    }
    out.body_patterns = read_patterns(section, "body_matches", context);
    out.forbidden_body_patterns = read_patterns(section, "body_must_not_match", context);
    section.describe("redirects", "word", "judge, refuse or follow");
    if (const auto redirects = section.text("redirects", 16)) {
        if (redirects->value == "follow") {
            out.redirects = Redirects::Follow;
        } else if (redirects->value == "refuse") {
            out.redirects = Redirects::Refuse;
        } else if (redirects->value != "judge") {
            context.faults->add(redirects->line, section.key_path("redirects"),
                                "is not one of judge, refuse, follow");
        }
    }
    if (const auto path = section.text("unix_socket", kMaxSocketPathBytes)) {
        out.unix_socket = path->value;
        if (!out.unix_socket.starts_with('/')) {
            context.faults->add(path->line, section.key_path("unix_socket"),
                                "is not an absolute path");
        }
    }
    if (auto auth = section.section("basic_auth")) {
        const auto username = auth->text("username", kMaxNameBytes);
        const auto password_file = auth->text("password_file", kMaxTextBytes);
        if (!username || !password_file || username->value.find(':') != std::string::npos) {
            context.faults->add(auth->line(), section.key_path("basic_auth"),
                                "needs a username, without a colon, and a password_file");
        } else {
            out.username = username->value;
            out.password_file = beside(context.file, password_file->value);
            check_secret(out.password_file, password_file->line, auth->key_path("password_file"),
                         context);
        }
        auth->finish();
    }
    section.finish();
}

void read_tls(Section section, const Context& context, TlsCheck& out) {
    if (const auto file = section.text("ca_file", kMaxTextBytes)) {
        out.ca_file = beside(context.file, file->value);
    }
    if (const auto name = section.text("server_name", 253)) {
        out.server_name = name->value;
    }
    if (const auto skip = section.boolean("insecure_skip_verify")) {
        out.insecure_skip_verify = skip->value;
    }
    section.finish();
}

} // namespace

bool is_unit_name(const std::string& text) {
    const auto dot = text.rfind('.');
    return dot != std::string::npos && dot > 0 && dot + 1 < text.size() &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view(":-_.\\@").find(c) != std::string_view::npos;
           });
}

std::string postgres_socket(const std::string& path) {
    return path.find("/.s.PGSQL.") != std::string::npos ? path : path + "/.s.PGSQL.5432";
}

void read_checks(Section& section, const Context& context, Service& out) {
    const auto wrong = [&](const char* key, const char* with) {
        context.faults->add(section.line(), section.key_path(key),
                            std::string("goes with ") + with + " only");
    };
    if (auto http = section.section("http")) {
        if (out.kind != ProbeKind::Http) {
            wrong("http", "url");
        }
        read_http(std::move(*http), context, out.http);
    }
    if (auto tls = section.section("tls")) {
        if (out.kind != ProbeKind::Http && out.kind != ProbeKind::Tcp) {
            wrong("tls", "url and tcp");
        }
        out.tls.over_tcp = out.kind == ProbeKind::Tcp;
        read_tls(std::move(*tls), context, out.tls);
    }
    auto steps = section.sections("steps", kMaxSteps);
    if (!steps.empty() && out.kind != ProbeKind::Tcp) {
        wrong("steps", "tcp");
    }
    for (Section& step : steps) {
        const auto send = step.text("send", kMaxTextBytes);
        const auto expect = step.text("expect", kMaxTextBytes);
        if (!send && !expect) {
            context.faults->add(step.line(), section.key_path("steps"),
                                "a step needs send or expect");
        }
        if (expect) {
            check_pattern(expect->value, expect->line, step.key_path("expect"), context);
        }
        out.steps.push_back({send ? send->value : "", expect ? expect->value : ""});
        step.finish();
    }
}

} // namespace opsmon::config
