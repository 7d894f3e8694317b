#pragma once
// Copies what a worker has published into memory of the query's. Used by the SQL functions.

#include "postgres/postgres.hpp"

namespace opsmon {

// nullptr when nothing has been published yet. Behind what is in use the copy is not even memory
// that was touched: emptying it would cost more than copying the rest.
template <typename T>
const T* copy_of(const core::Published<T>& published) {
    T* copy = static_cast<T*>(palloc(sizeof(T)));
    return published.read(*copy) ? copy : nullptr;
}

} // namespace opsmon
