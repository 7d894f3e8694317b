#pragma once
// This component writes the document /api/v1/collectors: what each collector said last, with the
// error that the metrics have no room for. The page /targets shows it. It judges nothing: whether
// a collector is late is told by opsmon_collector_success.

#include <string>

#include "collect/board.hpp"

namespace opsmon::collect {

inline constexpr const char* kCollectorsPath = "/api/v1/collectors";

std::string collectors_document(const BoardView& board);

} // namespace opsmon::collect
