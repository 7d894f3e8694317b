#pragma once
// The only door to PostgreSQL's headers. Every file of this folder includes it, after the core
// headers it needs and before any other PostgreSQL header; no file outside this folder does. The
// server's headers carry no `extern "C"` of their own, so further ones go between
// OPSMON_PG_HEADERS_BEGIN and OPSMON_PG_HEADERS_END.

// What the core includes must come before postgres.h redefines the names it uses.
#include "core/guard.hpp"
#include "core/mailbox.hpp"
#include "core/order.hpp"
#include "core/policy.hpp"
#include "core/published.hpp"
#include "core/recent.hpp"
#include "core/sample.hpp"
#include "core/slow_facts.hpp"
#include "core/slow_query.hpp"
#include "core/word_ring.hpp"

#define OPSMON_PG_HEADERS_BEGIN extern "C" {
#define OPSMON_PG_HEADERS_END }

OPSMON_PG_HEADERS_BEGIN
#include "postgres.h"
#include "fmgr.h"
#include "miscadmin.h"
OPSMON_PG_HEADERS_END
