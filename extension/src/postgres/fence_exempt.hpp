#pragma once
// Who works as usual under a fence: opsmon.fence_exempt_roles, judged by the role that logged in,
// which neither SET ROLE nor a SECURITY DEFINER function changes. Used by the gate; reads catalogs,
// so only inside a transaction.

#include "postgres/postgres.hpp"

namespace opsmon::fence {

bool session_is_exempt();

} // namespace opsmon::fence
