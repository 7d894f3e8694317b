// Any bytes as a template of a rule: it is refused, or expands within its limits.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/template.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon;
    if (size > 4096) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = rules::Template::parse(text, rules::TemplateDialect::Rule);
    if (!parsed) {
        return 0;
    }
    metrics::Labels one;
    one.set("a", "b.c:1");
    const auto labels = rules::TemplateValue::map_of(one);
    rules::TemplateContext context;
    context.data = rules::TemplateValue::record({{"Labels", labels}, {"Value", 1.5}});
    context.variables = {{"$labels", labels},
                         {"$value", 1.5},
                         {"$externalLabels", labels},
                         {"$externalURL", "http://a/b"}};
    context.query = [&one](const std::string&) -> Result<promql::Vector> {
        return promql::Vector{{one, 5}};
    };
    const auto out = parsed->try_expand(context);
    if (out && out->size() > rules::kMaxTemplateOutputBytes) {
        __builtin_trap();
    }
    return 0;
}
