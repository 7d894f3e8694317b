#pragma once
// This component gives back memory that only the start needed: what reading the settings has left
// in the heap, and the pages of code and constants that the dynamic linker and thirty libraries
// touched to set themselves up, half of what is resident otherwise. The pipeline calls it when
// everything runs. It drops no page that was ever written: what is needed again is mapped again
// from the file.

namespace opsmon {

void give_back_start_memory();

} // namespace opsmon
