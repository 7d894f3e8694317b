#pragma once
// This component provides the sidecar's log: one line per event on stderr, in logfmt, with its
// priority where stderr is systemd's journal. Everything in the sidecar logs through it or through
// spdlog itself. It never prints a secret by its own doing, and a value can never break out of its
// line.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace opsmon::log {

using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

// Sends the default spdlog logger to stderr. Called once, by main.
void start();

void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void failure(std::string_view message, Fields fields = {});

// `text` as a logfmt value: bare where that is unambiguous, else quoted and escaped.
std::string quoted(std::string_view text);

} // namespace opsmon::log
