#include "metrics/catalog_doc.hpp"

#include "metrics/catalog.hpp"

namespace opsmon::metrics {
namespace {

std::string_view kind_text(Kind kind) {
    switch (kind) {
    case Kind::Gauge:
        return "gauge";
    case Kind::Counter:
        return "counter";
    case Kind::Histogram:
        return "histogram";
    }
    return "";
}

std::string labels_text(const MetricSpec& spec) {
    std::string out;
    for (const std::string_view label : spec.labels) {
        if (!label.empty()) {
            out += out.empty() ? "`" : ", `";
            out += label;
            out += '`';
        }
    }
    return out;
}

} // namespace

std::string catalog_as_markdown() {
    std::string out =
        "# Metrics\n\n"
        "<!-- Printed by `opsmon-sidecar metrics-doc` from sidecar/src/metrics/catalog/; "
        "change that. -->\n\n"
        "Every metric that opsmon shows, in the order of `/metrics`. The collector is the one to "
        "look "
        "up in\n`opsmon_collector_success{collector}`; `opsmon` is the sidecar itself. A value "
        "that "
        "is not known is absent,\nnever zero.\n\n"
        "| metric | kind | labels | unit | collector | meaning |\n|---|---|---|---|---|---|\n";
    for (const MetricSpec& spec : kCatalog) {
        out += "| `";
        out += spec.name;
        out += "` | ";
        out += kind_text(spec.kind);
        out += " | " + labels_text(spec) + " | ";
        out += spec.unit;
        out += " | ";
        out += spec.source;
        out += " | ";
        out += spec.help;
        out += " |\n";
    }
    return out;
}

} // namespace opsmon::metrics
