#pragma once
// This component knows whether a stream ends in systemd's journal, and how a line says there how
// serious it is. The log uses it, so that `journalctl -p warning` finds what it should. It writes
// nothing.

#include <string_view>

#include <sys/types.h>

namespace opsmon::log {

// `journal_stream` is the variable JOURNAL_STREAM, "device:inode" of what systemd has connected.
// Who has redirected the stream since has another one.
bool is_journal(std::string_view journal_stream, dev_t device, ino_t inode);

// Does stderr end there?
bool stderr_is_journal();

} // namespace opsmon::log
