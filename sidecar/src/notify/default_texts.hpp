#pragma once
// This component provides what a message says when the settings give no title, text or colour. It
// is written for someone woken at night: how bad, what, where, and what to type. And it provides
// the templates that a file for Alertmanager may call without defining them, with the same output.

#include <string_view>

namespace opsmon::notify {

inline constexpr std::string_view kDefaultTitle =
    "{{ if eq .Status \"firing\" }}{{ if .CommonLabels.severity }}"
    "{{ .CommonLabels.severity | toUpper }}{{ else }}FIRING{{ end }}{{ else }}RESOLVED{{ end }} "
    "{{ if .CommonLabels.alertname }}{{ .CommonLabels.alertname }}{{ else }}several alerts{{ end }}"
    "{{ if gt (len .Alerts.Firing) 1 }} ({{ len .Alerts.Firing }}){{ end }}";

// Of a large group only the first ones: more than that nobody reads, and Slack cuts it anyway.
inline constexpr std::string_view kDefaultText =
    "{{ range $i, $alert := .Alerts.Firing }}{{ if lt $i 10 }}{{ if $i }}\n{{ end }}"
    "{{ if not $.CommonLabels.alertname }}{{ .Labels.severity | toUpper }} {{ .Labels.alertname "
    "}}: "
    "{{ end }}"
    "{{ if .Annotations.summary }}*{{ .Annotations.summary }}*\n{{ end }}"
    "{{ if .Annotations.description }}{{ .Annotations.description }}\n{{ end }}"
    "{{ if .Annotations.runbook_url }}Runbook: {{ .Annotations.runbook_url }}\n{{ end }}"
    "{{ if .NoData }}_Its source gives no data at the moment; this is the last known state._\n"
    "{{ end }}{{ end }}{{ end }}"
    "{{ if gt (len .Alerts.Firing) 10 }}\n_These are 10 of {{ len .Alerts.Firing }}._\n{{ end }}"
    "{{ if and .Alerts.Firing .Alerts.Resolved }}\n{{ end }}"
    "{{ range $i, $alert := .Alerts.Resolved }}{{ if lt $i 10 }}"
    "{{ if and $i (eq $.Status \"resolved\") }}\n{{ end }}"
    "{{ if eq $.Status \"firing\" }}_Resolved:_ {{ end }}"
    "{{ if not $.CommonLabels.alertname }}{{ .Labels.alertname }}: {{ end }}"
    "{{ if .Annotations.summary }}*{{ .Annotations.summary }}*\n{{ end }}"
    "Over after {{ .Duration }}.\n{{ end }}{{ end }}"
    "{{ if gt (len .Alerts.Resolved) 10 }}\n_These are 10 of {{ len .Alerts.Resolved }}._\n"
    "{{ end }}";

inline constexpr std::string_view kDefaultColor =
    "{{ $color := \"#439FE0\" }}{{ range .Alerts.Firing }}{{ if eq .Labels.severity \"critical\" }}"
    "{{ $color = \"danger\" }}{{ else if and (eq .Labels.severity \"warning\") "
    "(ne $color \"danger\") }}{{ $color = \"warning\" }}{{ end }}{{ end }}"
    "{{ if eq .Status \"resolved\" }}good{{ else }}{{ $color }}{{ end }}";

// Whoever is there is called once for each critical alert, and for nothing else.
inline constexpr std::string_view kDefaultPretext =
    "{{ $here := \"\" }}{{ range .Alerts.Firing }}"
    "{{ if and .New (eq .Labels.severity \"critical\") }}{{ $here = \"<!here>\" }}{{ end }}"
    "{{ end }}{{ $here }}";

inline constexpr std::string_view kKnownTemplates =
    "{{ define \"__subject\" }}[{{ .Status | toUpper }}"
    "{{ if eq .Status \"firing\" }}:{{ .Alerts.Firing | len }}{{ end }}] "
    "{{ .GroupLabels.SortedPairs.Values | join \" \" }} "
    "{{ if gt (len .CommonLabels) (len .GroupLabels) }}"
    "({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join \" \" }}{{ end }})"
    "{{ end }}{{ end }}"
    "{{ define \"__alertmanager\" }}Alertmanager{{ end }}"
    "{{ define \"__alertmanagerURL\" }}{{ .ExternalURL }}/#/alerts?receiver={{ .Receiver }}{{ end "
    "}}"
    "{{ define \"__text_alert_list\" }}{{ range . }}Labels:\n"
    "{{ range .Labels.SortedPairs }} - {{ .Name }} = {{ .Value }}\n{{ end }}Annotations:\n"
    "{{ range .Annotations.SortedPairs }} - {{ .Name }} = {{ .Value }}\n{{ end }}"
    "Source: {{ .GeneratorURL }}\n{{ end }}{{ end }}"
    "{{ define \"slack.default.title\" }}{{ template \"__subject\" . }}{{ end }}"
    "{{ define \"slack.default.username\" }}{{ template \"__alertmanager\" . }}{{ end }}"
    "{{ define \"slack.default.fallback\" }}{{ template \"slack.default.title\" . }} | "
    "{{ template \"slack.default.titlelink\" . }}{{ end }}"
    "{{ define \"slack.default.callbackid\" }}{{ end }}"
    "{{ define \"slack.default.pretext\" }}{{ end }}"
    "{{ define \"slack.default.titlelink\" }}{{ template \"__alertmanagerURL\" . }}{{ end }}"
    "{{ define \"slack.default.iconemoji\" }}{{ end }}"
    "{{ define \"slack.default.iconurl\" }}{{ end }}"
    "{{ define \"slack.default.text\" }}{{ end }}"
    "{{ define \"slack.default.footer\" }}{{ end }}";

} // namespace opsmon::notify
