#pragma once
// This component gives back the pages of code and constants that only the start needed: the work of
// the dynamic linker and of thirty libraries that set themselves up, half of what is resident
// otherwise. The pipeline calls it when everything runs. It touches nothing that was ever written:
// what is needed again is mapped again from the file.

namespace opsmon {

void give_back_code_pages();

} // namespace opsmon
