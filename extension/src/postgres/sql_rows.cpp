#include "postgres/sql_rows.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

namespace opsmon {

Datum readable_text(const char* value) {
    const int length = static_cast<int>(strlen(value));
    if (pg_verifymbstr(value, length, /* noError */ true)) {
        return CStringGetTextDatum(value);
    }
    char* readable = pstrdup(value);
    for (char* c = readable; *c != '\0'; ++c) {
        if (IS_HIGHBIT_SET(*c)) {
            *c = '?';
        }
    }
    return CStringGetTextDatum(readable);
}

Rows::Rows(FunctionCallInfo fcinfo) {
    InitMaterializedSRF(fcinfo, 0);
    result_ = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
}

Rows& Rows::put(Datum value) {
    if (count_ == kColumnsMax) {
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("opsmon: too many columns")));
    }
    values_[count_] = value;
    nulls_[count_] = false;
    ++count_;
    return *this;
}

Rows& Rows::null() {
    put(static_cast<Datum>(0));
    nulls_[count_ - 1] = true;
    return *this;
}

Rows& Rows::text(const char* value) {
    return put(readable_text(value));
}

Rows& Rows::datum(Datum value) {
    return put(value);
}

Rows& Rows::text_or_null(const char* value) {
    return value == nullptr || value[0] == '\0' ? null() : text(value);
}

Rows& Rows::boolean(bool value) {
    return put(BoolGetDatum(value));
}
Rows& Rows::int4(std::int32_t value) {
    return put(Int32GetDatum(value));
}
Rows& Rows::int4_or_null(std::int32_t value) {
    return value == 0 ? null() : int4(value);
}
Rows& Rows::int8(std::uint64_t value) {
    return put(Int64GetDatum(core::to_signed(value)));
}

Rows& Rows::int8(std::optional<std::uint64_t> value) {
    return value ? int8(*value) : null();
}

Rows& Rows::signed_int8(std::optional<std::int64_t> value) {
    return value ? put(Int64GetDatum(*value)) : null();
}

Rows& Rows::lsn(core::Lsn value) {
    return value == core::kUnknownLsn ? null() : put(LSNGetDatum(value));
}

Rows& Rows::xid(std::uint32_t value) {
    return value == InvalidTransactionId ? null() : put(TransactionIdGetDatum(value));
}

Rows& Rows::oid(std::uint32_t value) {
    return value == InvalidOid ? null() : put(ObjectIdGetDatum(value));
}

Rows& Rows::time(core::TimeUs value) {
    return value == 0 ? null() : put(TimestampTzGetDatum(value));
}

Rows& Rows::interval_us(std::optional<std::int64_t> value) {
    if (!value) {
        return null();
    }
    auto* interval = static_cast<Interval*>(palloc0(sizeof(Interval)));
    interval->time = *value;
    return put(IntervalPGetDatum(interval));
}

// SQL objects of another release declare fewer columns than the library has (they were not upgraded
// yet), or more (the library was put back to an older one). Columns are only ever added, at the
// end: what both know stands in the same places, and what is not known is NULL.
void Rows::end_row() {
    while (count_ < result_->setDesc->natts) {
        null();
    }
    tuplestore_putvalues(result_->setResult, result_->setDesc, values_, nulls_);
    count_ = 0;
}

} // namespace opsmon
