#include "rules/yaml_file.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "config/one_document.hpp"
#include "promql/utf8.hpp"
#include "rules/yaml_merge.hpp"

namespace opsmon::rules {
namespace {

// The first that YAML allows nowhere; npos where there is none. The text is valid UTF-8.
std::size_t first_control_character(std::string_view text) {
    const auto allowed = [](std::uint32_t c) {
        return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F) || c == 0x85 ||
               (c >= 0xA0 && c < 0xFFFE && c != 0xFEFF) || c >= 0x10000;
    };
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    for (std::size_t at = text.starts_with(kMark) ? kMark.size() : 0; at < text.size();) {
        if (!allowed(promql::code_point(text.substr(at)))) {
            return at;
        }
        at += promql::character_length(text.substr(at));
    }
    return std::string_view::npos;
}

std::ptrdiff_t line_at(std::string_view text, std::size_t at) {
    return std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
}

} // namespace

Result<YAML::Node> load_yaml_file(const std::string& path) {
    auto text = read_file(path, kMaxYamlFileBytes);
    if (!text) {
        // An address, whose slashes may have been tidied up: a webhook's is a secret.
        if (path.find(":/") != std::string::npos) {
            return Error{
                "an address (not shown: it may be a secret) stands where the name of a "
                "file belongs; look at alerting.notification_file and alerting.rule_files"};
        }
        return text.error();
    }
    return read_yaml(path, *text);
}

Result<YAML::Node> read_yaml(const std::string& path, const std::string& given) {
    const auto text =
        promql::starts_as_utf16(given) ? promql::from_utf16(given) : std::optional(given);
    const auto bad = promql::first_invalid_utf8(text ? std::string_view(*text) : given);
    if (!text || bad != std::string_view::npos) {
        return Error{path + ":" + std::to_string(line_at(text ? *text : given, bad)) +
                     ": is not valid UTF-8, nor UTF-16 with its mark in front"};
    }
    if (const auto at = first_control_character(*text); at != std::string_view::npos) {
        return Error{path + ":" + std::to_string(line_at(*text, at)) +
                     ": a control character stands here, which YAML does not allow"};
    }
    try {
        auto document = config::parse_one_document(*text);
        if (document.second_document) {
            return Error{path + ":" + std::to_string(*document.second_document) +
                         ": a second YAML document begins; a file holds one"};
        }
        if (auto merged = merge_keys(document.node); !merged) {
            return Error{path + ":" + merged.error().message};
        }
        return std::move(document.node);
    } catch (const YAML::Exception& problem) {
        return Error{path + ":" + std::to_string(problem.mark.line + 1) +
                     ": is not valid YAML: " + problem.msg};
    }
}

} // namespace opsmon::rules
