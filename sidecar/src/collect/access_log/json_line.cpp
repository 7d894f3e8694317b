#include "collect/access_log/json_line.hpp"

#include "collect/access_log/json_text.hpp"
#include "collect/access_log/line_fields.hpp"

namespace opsmon::collect {
namespace {

constexpr int kMaxMembers = 500;

} // namespace

JsonParser::JsonParser(const config::AccessLogFields& fields, double duration_unit_seconds)
    : duration_unit_seconds_(duration_unit_seconds) {
    const auto add = [this](const std::vector<std::string>& names, Field field) {
        for (const std::string& name : names) {
            names_.push_back({name, field});
        }
    };
    add(fields.status, Status);
    add(fields.duration, Duration);
    add(fields.bytes, Bytes);
    add(fields.request, Request);
    add(fields.method, Method);
    add(fields.uri, Uri);
    add(fields.client, Client);
    add(fields.forwarded_for, ForwardedFor);
}

const JsonParser::Name* JsonParser::find(std::string_view key) const {
    for (const Name& name : names_) {
        if (name.text == key) {
            return &name;
        }
    }
    return nullptr;
}

bool JsonParser::parse(std::string_view line, LogLine& out) {
    out = LogLine();
    values_.fill(Value());
    return read_members(line) && fill(out);
}

bool JsonParser::read_members(std::string_view line) {
    JsonCursor cursor(line);
    cursor.skip_space();
    if (!cursor.take('{')) {
        return false;
    }
    for (int count = 0; count < kMaxMembers; ++count) {
        std::string_view key;
        bool escaped = false;
        cursor.skip_space();
        if (cursor.next() == '}') {
            break;
        }
        if (!cursor.take_string(key, escaped)) {
            return false;
        }
        cursor.skip_space();
        if (!cursor.take(':')) {
            return false;
        }
        cursor.skip_space();
        Value value;
        if (cursor.next() == '"') {
            value.present = true;
            if (!cursor.take_string(value.text, value.escaped)) {
                return false;
            }
        } else if (cursor.next() == '{' || cursor.next() == '[') {
            if (!cursor.skip_nested()) {
                return false;
            }
        } else {
            value.text = cursor.take_bare();
            value.present = value.text != "null";
        }
        const Name* name = value.present ? find(key) : nullptr;
        if (name != nullptr && !values_[name->field].present) {
            values_[name->field] = value;
        }
        cursor.skip_space();
        if (!cursor.take(',')) {
            break;
        }
    }
    if (!cursor.take('}')) {
        return false;
    }
    cursor.skip_space();
    return cursor.at_end();
}

std::string_view JsonParser::decoded(Field field) {
    const Value& value = values_[field];
    if (!value.escaped) {
        return value.text;
    }
    decode_json_text(value.text, scratch_[field]);
    return scratch_[field];
}

bool JsonParser::fill(LogLine& out) {
    const auto status = parse_status(values_[Status].text);
    if (!values_[Status].present || !status) {
        return false;
    }
    out.status = *status;
    out.bytes = parse_size(values_[Bytes].text);
    if (values_[Duration].present) {
        out.duration_seconds =
            parse_duration_seconds(values_[Duration].text, duration_unit_seconds_);
    }
    if (values_[Request].present) {
        parse_request(decoded(Request), out);
    } else if (is_method(values_[Method].text)) {
        out.method = values_[Method].text;
        out.target = decoded(Uri);
    }
    out.client = decoded(Client);
    out.forwarded_for = decoded(ForwardedFor);
    return true;
}

} // namespace opsmon::collect
