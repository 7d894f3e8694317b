#include "base/log.hpp"

#include <algorithm>
#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/journal.hpp"
#include "base/utf8.hpp"

namespace opsmon::log {
namespace {

constexpr std::string_view kMessageKey = "msg=";

bool needs_quotes(std::string_view text) {
    // Whatever is no ASCII may hide a control character (see quoted()).
    return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte <= ' ' || c == '"' || c == '=' || c == '\\' || byte >= 0x7f;
           });
}

// What a terminal may take for a command: a byte that is no text, and U+0080 to U+009F.
bool is_control(std::string_view character) {
    return character.size() == 2 && character[0] == '\xc2' &&
           static_cast<unsigned char>(character[1]) < 0xa0;
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else if (c == '\n') {
        out += "\\n";
    } else if (c == '\t') {
        out += "\\t";
    } else if (byte < ' ' || byte >= 0x7f) {
        out += "\\x";
        out += digits[byte >> 4];
        out += digits[byte & 15];
    } else {
        out += c;
    }
}

// A line written through spdlog directly becomes the value of msg=, so that every line has one
// shape.
class PayloadFlag : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        const std::string_view payload(message.payload.data(), message.payload.size());
        const bool ready = payload.substr(0, kMessageKey.size()) == kMessageKey;
        const std::string line =
            ready ? std::string(payload) : std::string(kMessageKey) + log::quoted(payload);
        out.append(line.data(), line.data() + line.size());
    }

    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<PayloadFlag>();
    }
};

// How serious a line is, as the journal reads it at its beginning: numbers of syslog in brackets.
class PriorityFlag : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        const std::string_view prefix = prefix_of(message.level);
        out.append(prefix.data(), prefix.data() + prefix.size());
    }

    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<PriorityFlag>();
    }

private:
    static std::string_view prefix_of(spdlog::level::level_enum level) {
        switch (level) {
        case spdlog::level::critical:
            return "<2>";
        case spdlog::level::err:
            return "<3>";
        case spdlog::level::warn:
            return "<4>";
        case spdlog::level::info:
            return "<6>";
        default:
            return "<7>";
        }
    }
};

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
    std::string line(kMessageKey);
    line += log::quoted(message);
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        line += log::quoted(value);
    }
    spdlog::default_logger_raw()->log(level, spdlog::string_view_t(line.data(), line.size()));
}

} // namespace

std::string quoted(std::string_view text) {
    if (!needs_quotes(text)) {
        return std::string(text);
    }
    std::string out = "\"";
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length > 1 && !is_control(text.substr(0, length))) {
            out += text.substr(0, length);
            text.remove_prefix(length);
        } else {
            append_escaped(out, text.front());
            text.remove_prefix(1);
        }
    }
    out += '"';
    return out;
}

void start() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    const std::string line = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %*";
    formatter->add_flag<PayloadFlag>('*').add_flag<PriorityFlag>('&').set_pattern(
        stderr_is_journal() ? "%&" + line : line);
    auto logger = std::make_shared<spdlog::logger>(
        "opsmon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::move(formatter));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void info(std::string_view message, Fields fields) {
    write(spdlog::level::info, message, fields);
}

void warning(std::string_view message, Fields fields) {
    write(spdlog::level::warn, message, fields);
}

void failure(std::string_view message, Fields fields) {
    write(spdlog::level::err, message, fields);
}

} // namespace opsmon::log
