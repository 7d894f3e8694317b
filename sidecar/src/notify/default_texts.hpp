#pragma once
// This component provides what a message says when the settings give no title, text or colour. It
// is written for someone woken at night: how bad, what, where, and what to type.

#include <string_view>

namespace opsmon::notify {

inline constexpr std::string_view kDefaultTitle =
    "{{ if eq .Status \"firing\" }}{{ .CommonLabels.severity | toUpper }}{{ else }}RESOLVED"
    "{{ end }} {{ .CommonLabels.alertname }}";

inline constexpr std::string_view kDefaultText =
    "{{ range $i, $alert := .Alerts }}{{ if $i }}\n\n{{ end }}"
    "{{ if .Annotations.summary }}*{{ .Annotations.summary }}*\n{{ end }}"
    "{{ if eq .Status \"resolved\" }}Over after {{ .Duration }}.\n"
    "{{ else }}{{ if .Annotations.description }}{{ .Annotations.description }}\n{{ end }}"
    "{{ if .Annotations.runbook_url }}Runbook: {{ .Annotations.runbook_url }}\n{{ end }}{{ end }}"
    "{{ if .NoData }}_Its source gives no data at the moment; this is the last known state._\n"
    "{{ end }}{{ end }}";

inline constexpr std::string_view kDefaultColor =
    "{{ if eq .Status \"resolved\" }}good"
    "{{ else if eq .CommonLabels.severity \"critical\" }}danger"
    "{{ else if eq .CommonLabels.severity \"warning\" }}warning"
    "{{ else }}#439FE0{{ end }}";

} // namespace opsmon::notify
