#include "notify/settings/reader.hpp"

#include "notify/default_texts.hpp"

namespace opsmon::notify {
namespace {

using config::Section;
using rules::Template;
using Texts = std::vector<std::pair<std::string, Template>>;

// Each may be a template.
constexpr const char* kTexts[] = {"channel",  "username",  "title_link",  "pretext",
                                  "footer",   "fallback",  "callback_id", "icon_emoji",
                                  "icon_url", "image_url", "thumb_url"};

std::optional<Template> parse(Reading& reading, const Section& section, const char* key, int line,
                              std::string_view text) {
    auto parsed = Template::parse(text, rules::TemplateDialect::Notification, reading.definitions);
    if (!parsed) {
        reading.fault(section, key, line, parsed.error().message);
        return std::nullopt;
    }
    return std::move(*parsed);
}

std::optional<Template> read_text(Reading& reading, Section& section, const char* key) {
    const auto given = section.text(key, kMaxTextBytes);
    return given ? parse(reading, section, key, given->line, given->value) : std::nullopt;
}

// A fault where it is missing or empty.
void read_needed(Reading& reading, Section& section, const char* key, Texts& into) {
    const auto given = section.text(key, kMaxTextBytes);
    if (!given || given->value.empty()) {
        reading.faults.add(section.line(), section.key_path(key), "is needed");
    } else if (auto text = parse(reading, section, key, given->line, given->value)) {
        into.emplace_back(key, std::move(*text));
    }
}

void read_optional(Reading& reading, Section& section, const char* key, Texts& into) {
    if (auto text = read_text(reading, section, key); text && !text->text().empty()) {
        into.emplace_back(key, std::move(*text));
    }
}

SlackAction read_action(Reading& reading, Section& section) {
    SlackAction out;
    read_needed(reading, section, "type", out.texts);
    read_needed(reading, section, "text", out.texts);
    for (const auto* key : {"url", "style", "name", "value"}) {
        read_optional(reading, section, key, out.texts);
    }
    auto confirm = section.section("confirm");
    if (confirm) {
        read_needed(reading, *confirm, "text", out.confirm);
        for (const auto* key : {"title", "ok_text", "dismiss_text"}) {
            read_optional(reading, *confirm, key, out.confirm);
        }
        confirm->finish();
    }
    const bool has_url = std::any_of(out.texts.begin(), out.texts.end(),
                                     [](const auto& text) { return text.first == "url"; });
    if (has_url) { // a link asks nobody and tells nobody
        std::erase_if(out.texts, [](const auto& text) {
            return text.first == "name" || text.first == "value";
        });
        out.confirm.clear();
    } else if (!section.has("name")) {
        reading.faults.add(section.line(), section.key_path("url"), "url or name is needed");
    }
    section.finish();
    return out;
}

void read_fields(Reading& reading, Section& section, SlackConfig& out) {
    auto fields = section.sections("fields", kMaxListEntries);
    if (!section.has("fields") && fields.empty()) {
        return;
    }
    out.fields.emplace();
    for (auto& field : fields) {
        Texts texts;
        read_needed(reading, field, "title", texts);
        read_needed(reading, field, "value", texts);
        const auto is_short = read_boolean(reading, field, "short");
        field.finish();
        if (texts.size() == 2) {
            out.fields->push_back(
                {std::move(texts[0].second), std::move(texts[1].second), is_short});
        }
    }
}

} // namespace

std::optional<SlackConfig> read_slack(Reading& reading, Section& section) {
    auto address = read_url(reading, section, "api_url", "api_url_file");
    if (!address.given) {
        address.url = reading.slack_url;
        if (!reading.slack_url_given) {
            reading.faults.add(section.line(), section.key_path("api_url"),
                               "no webhook: give api_url or api_url_file here, or slack_api_url or "
                               "slack_api_url_file under global");
        }
    }
    auto http = reading.http;
    if (auto own = section.section("http_config")) {
        http = read_http_config(reading, *own);
    }
    SlackConfig out{address.url.value_or(SecretUrl(Url{})), std::move(http.authorization)};
    out.follow_redirects = http.follow_redirects;
    out.send_resolved = read_boolean(reading, section, "send_resolved").value_or(false);
    out.short_fields = read_boolean(reading, section, "short_fields").value_or(false);
    out.link_names = read_boolean(reading, section, "link_names").value_or(false);
    for (const auto* key : kTexts) {
        if (auto text = read_text(reading, section, key)) {
            out.texts.emplace(key, std::move(*text));
        }
    }
    constexpr std::pair<const char*, std::string_view> kWithDefault[] = {
        {"title", kDefaultTitle}, {"text", kDefaultText}, {"color", kDefaultColor}};
    for (const auto& [key, otherwise] : kWithDefault) {
        const auto given = section.text(key, kMaxTextBytes);
        if (auto text = parse(reading, section, key, given ? given->line : section.line(),
                              given ? std::string_view(given->value) : otherwise)) {
            out.texts.emplace(key, std::move(*text));
        }
    }
    out.mentions_here = !section.has("title") && !section.has("text") && !section.has("pretext");
    if (out.mentions_here) {
        if (auto text = parse(reading, section, "pretext", section.line(), kDefaultPretext)) {
            out.texts.emplace("pretext", std::move(*text));
        }
    }
    if (SlackConfig::is_bot(out.url) && !out.texts.contains("channel")) {
        reading.faults.add(section.line(), section.key_path("channel"),
                           "is needed with chat.postMessage: channel: '#alerts', or the channel's "
                           "id");
    }
    read_fields(reading, section, out);
    for (auto& action : section.sections("actions", kMaxListEntries)) {
        out.actions.push_back(read_action(reading, action));
    }
    out.mrkdwn_in = read_names(section, "mrkdwn_in");
    section.finish();
    return address.url ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace opsmon::notify
