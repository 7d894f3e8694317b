#pragma once
// Copies what a worker has published into memory of the query's. Used by the SQL functions.

#include "postgres/postgres.hpp"

namespace opsmon {

// nullptr when nothing has been published yet.
template <typename T>
const T* copy_of(const core::Published<T>& published) {
    T* copy = static_cast<T*>(palloc0(sizeof(T)));
    return published.read(*copy) ? copy : nullptr;
}

} // namespace opsmon
