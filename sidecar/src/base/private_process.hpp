#pragma once
// This component keeps what the process knows to itself: the files it makes are its user's alone,
// and its memory, with passwords in it, is in no core dump and open to no other process of the same
// user. The start of the sidecar calls it. Root can look all the same.

namespace opsmon {

// Before the first thread and the first file.
void make_process_private();

} // namespace opsmon
