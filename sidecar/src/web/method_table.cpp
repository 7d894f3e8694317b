#include "web/method_table.hpp"

#include <algorithm>

namespace opsmon::web {
namespace {

// All of it takes OPTIONS in Prometheus, whether there is such an address or not.
constexpr std::string_view kPrometheusApi = "/api/v1/";

} // namespace

void MethodTable::add(std::string_view pattern, std::string_view method) {
    Methods* methods = nullptr;
    if (pattern.find('(') == std::string_view::npos) {
        methods = &exact_[std::string(pattern)];
    } else {
        const auto known =
            std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& each) {
                return each.expression->pattern() == pattern;
            });
        methods =
            known != patterns_.end()
                ? &known->methods
                : &patterns_.emplace_back(Pattern{std::make_unique<RE2>(std::string(pattern)), {}})
                       .methods;
    }
    methods->emplace(method);
    methods->emplace("OPTIONS");
}

std::optional<MethodTable::Answer> MethodTable::judge(std::string_view method,
                                                      std::string_view path) const {
    const Methods* methods = find(path);
    if (methods == nullptr) {
        return method == "OPTIONS" && path.starts_with(kPrometheusApi)
                   ? std::optional(Answer{204, "", ""})
                   : std::nullopt;
    }
    std::string allow;
    for (const auto& each : *methods) {
        allow += (allow.empty() ? "" : ", ") + each;
    }
    if (method == "OPTIONS") {
        return Answer{204, std::move(allow), ""};
    }
    if (methods->contains(method)) {
        return std::nullopt;
    }
    std::string text = std::string(method) + " is not taken here; these are: " + allow + "\n";
    return Answer{405, std::move(allow), std::move(text)};
}

const MethodTable::Methods* MethodTable::find(std::string_view path) const {
    if (const auto found = exact_.find(path); found != exact_.end()) {
        return &found->second;
    }
    const auto found = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& each) {
        return RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *each.expression);
    });
    return found == patterns_.end() ? nullptr : &found->methods;
}

} // namespace opsmon::web
