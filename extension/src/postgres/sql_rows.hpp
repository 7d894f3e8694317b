#pragma once
// Builds the rows of a set-returning function, cell by cell in the order of the SQL declaration.
// Used by the SQL functions; it owns nothing and has no destructor, so an error jump leaks nothing.
// Text that is not valid in the database's encoding (another database's names may be anything) is
// shown with question marks instead of breaking the query.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "funcapi.h"
#include "nodes/execnodes.h"
OPSMON_PG_HEADERS_END

namespace opsmon {

// Text as the database can show it.
Datum readable_text(const char* value);

class Rows {
public:
    explicit Rows(FunctionCallInfo fcinfo);

    Rows& text(const char* value);         // also for ""
    Rows& text_or_null(const char* value); // "" and nullptr are NULL
    Rows& boolean(bool value);
    Rows& int4(std::int32_t value);
    Rows& int4_or_null(std::int32_t value); // 0 is NULL
    Rows& int8(std::uint64_t value);
    Rows& int8(std::optional<std::uint64_t> value);
    Rows& signed_int8(std::optional<std::int64_t> value);
    Rows& lsn(core::Lsn value);     // unknown is NULL
    Rows& xid(std::uint32_t value); // the invalid one is NULL
    Rows& oid(std::uint32_t value); // the invalid one is NULL
    Rows& time(core::TimeUs value); // 0 is NULL
    Rows& interval_us(std::optional<std::int64_t> value);
    Rows& null();

    Rows& datum(Datum value); // of the column's own type
    void end_row();

private:
    static constexpr int kColumnsMax = 40;

    Rows& put(Datum value);

    ReturnSetInfo* result_;
    int count_ = 0;
    Datum values_[kColumnsMax];
    bool nulls_[kColumnsMax];
};

static_assert(std::is_trivially_destructible_v<Rows>);

} // namespace opsmon
