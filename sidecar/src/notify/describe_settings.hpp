#pragma once
// This component tells every key of the notification file that is read here, for the reference.
// `opsmon-sidecar config-keys` asks it. It reads no file.

#include "config/key_book.hpp"

namespace opsmon::notify {

void describe_settings(config::KeyBook& book);

} // namespace opsmon::notify
