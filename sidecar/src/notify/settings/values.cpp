#include "notify/settings/reader.hpp"

#include "base/text.hpp"
#include "promql/duration.hpp"

#include <algorithm>

namespace opsmon::notify {

using config::Section;

std::optional<bool> read_boolean(Reading& reading, Section& section, const char* key) {
    constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                          "on",   "On",   "ON",   "y",   "Y"};
    constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No", "NO",
                                           "off",   "Off",   "OFF",   "n",  "N"};
    section.describe(key, "true or false");
    const auto given = section.text(key, 16);
    if (!given) {
        return std::nullopt;
    }
    for (const bool value : {true, false}) {
        const auto& words = value ? kTrue : kFalse;
        if (std::find(std::begin(words), std::end(words), given->value) != std::end(words) &&
            !section.is_quoted(key)) {
            return value;
        }
    }
    reading.fault(section, key, given->line, "must be true or false, without quotes");
    return std::nullopt;
}

void read_duration(Reading& reading, Section& section, const char* key, TimestampMs min_ms,
                   TimestampMs& into) {
    section.describe(key, "duration", min_ms > 0 ? "longer than zero" : "");
    const auto text = section.text(key, 64);
    if (!text) {
        return;
    }
    const auto duration_ms = promql::parse_duration_ms(text->value);
    if (!duration_ms) {
        reading.fault(section, key, text->line, duration_ms.error().message);
    } else if (*duration_ms < min_ms) {
        reading.fault(section, key, text->line, "must be longer than zero");
    } else {
        into = *duration_ms;
    }
}

std::string read_name(Section& section, const char* key) {
    const auto given = section.text(key, kMaxNameBytes);
    return given ? given->value : std::string();
}

std::vector<std::string> read_names(Section& section, const char* key) {
    std::vector<std::string> out;
    for (auto& text : section.texts(key, kMaxListEntries, kMaxNameBytes)) {
        out.push_back(std::move(text.value));
    }
    return out;
}

namespace {

// The content of a secret, given under `key` or in the file under `file_key`.
struct Secret {
    bool given = false;
    int line = 0;
    std::string where;
    std::optional<std::string> text;
    std::optional<SecretFile> file = {};
};

Secret given_secret(Reading& reading, Section& section, const char* key, const char* file_key) {
    const auto inline_text = section.text(key, 4096);
    const auto file = file_key == nullptr ? std::nullopt : section.text(file_key, 4096);
    Secret out;
    out.given = inline_text || file;
    if (inline_text && file) {
        reading.fault(section, file_key, file->line,
                      std::string("at most one of ") + key + " and " + file_key + " can be given");
    } else if (inline_text) {
        out.line = inline_text->line;
        out.where = section.key_path(key);
        out.text = inline_text->value;
    } else if (file && file->value.find("://") != std::string::npos) {
        reading.fault(section, file_key, file->line,
                      std::string("holds an address (not shown: it is a secret) where the name of "
                                  "a file belongs; an address is given as ") +
                          key);
    } else if (file) {
        out.line = file->line;
        out.where = section.key_path(file_key);
        out.file = SecretFile{(reading.folder / file->value).string(), out.where};
        auto content = read_secret(out.file->path);
        if (content) {
            out.text = std::move(*content);
        } else {
            reading.faults.add(out.line, out.where, content.error().message);
        }
    }
    return out;
}

} // namespace

UrlGiven read_url(Reading& reading, Section& section, const char* key, const char* file_key) {
    const auto secret = given_secret(reading, section, key, file_key);
    UrlGiven out{secret.given, std::nullopt};
    if (!secret.text) {
        return out;
    }
    auto parsed = SecretUrl::parse(*secret.text, secret.file);
    if (!parsed) {
        reading.faults.add(secret.line, secret.where, parsed.error().message);
        return out;
    }
    out.url = std::move(*parsed);
    return out;
}

SecretHeader read_authorization(Reading& reading, Section& section) {
    std::optional<Result<SecretHeader>> out;
    int ways = 0;
    const auto take = [&](std::string scheme, std::optional<std::string> username,
                          const Secret& secret) {
        ++ways;
        out = SecretHeader::make(std::move(scheme), std::move(username), secret.text.value_or(""),
                                 secret.file);
    };
    if (auto basic = section.section("basic_auth")) {
        auto username = read_name(*basic, "username");
        take("Basic", std::move(username),
             given_secret(reading, *basic, "password", "password_file"));
        basic->finish();
    }
    if (auto own = section.section("authorization")) {
        auto type = read_name(*own, "type");
        type = type.empty() ? "Bearer" : type;
        if (type == "Basic" || type == "basic") {
            reading.fault(*own, "type", own->line(), "cannot be Basic; use basic_auth");
        }
        take(std::move(type), std::nullopt,
             given_secret(reading, *own, "credentials", "credentials_file"));
        own->finish();
    }
    if (const auto token = given_secret(reading, section, "bearer_token", "bearer_token_file");
        token.given) {
        take("Bearer", std::nullopt, token);
    }
    if (ways > 1) {
        reading.faults.add(section.line(), section.key_path("basic_auth"),
                           "at most one of basic_auth, authorization and bearer_token can be "
                           "given");
    } else if (out && !*out) {
        reading.faults.add(section.line(), section.key_path("authorization"), out->error().message);
    }
    return out && *out ? std::move(**out) : SecretHeader();
}

HttpConfig read_http_config(Reading& reading, Section& section) {
    HttpConfig out{read_authorization(reading, section)};
    out.follow_redirects = read_boolean(reading, section, "follow_redirects").value_or(true);
    (void)read_boolean(reading, section, "enable_http2");
    for (const auto* key : {"tls_config", "proxy_url", "oauth2", "proxy_connect_header"}) {
        if (const auto line = section.line_of_key(key)) {
            reading.fault(section, key, *line,
                          "is not supported in this version; give the address directly, with a "
                          "certificate that the system trusts, or set alertmanagers in opsmon.yml");
        }
    }
    section.finish();
    return out;
}

Matchers read_matchers(Reading& reading, Section& section, const char* match, const char* match_re,
                       const char* matchers) {
    Matchers out;
    for (const auto* key : {match, match_re}) {
        const auto kind = key == match ? promql::MatchKind::Equal : promql::MatchKind::Regex;
        for (const auto& [name, value] : section.pairs(key, kMaxListEntries, kMaxTextBytes)) {
            const auto where = section.key_path(key) + "." + config::shown(name.value);
            auto one = promql::Matcher::make(name.value, kind, value.value);
            if (!is_label_name(name.value)) {
                reading.faults.add(name.line, where, "is not the name of a label");
            } else if (!one) {
                reading.faults.add(value.line, where, one.error().message);
            } else {
                out.push_back(std::move(*one));
            }
        }
    }
    for (const auto& text : section.texts(matchers, kMaxListEntries, kMaxTextBytes)) {
        auto some = parse_matchers(text.value);
        if (!some) {
            reading.fault(section, matchers, text.line, some.error().message);
            continue;
        }
        for (auto& one : *some) {
            out.push_back(std::move(one));
        }
    }
    return out;
}

} // namespace opsmon::notify
