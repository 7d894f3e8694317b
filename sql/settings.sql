-- The settings, their units and limits. (What a server does with bad ones in its configuration file
-- is tests/tap's.)
SELECT name, unit, context, vartype, min_val, max_val, boot_val
  FROM pg_settings WHERE name LIKE 'opsmon.%' ORDER BY name;
SET opsmon.guard_interval = '1s';
SET opsmon.no_such_setting = 1;
-- with the code alone: its words are others in 17
\set VERBOSITY sqlstate
ALTER SYSTEM SET opsmon.guard_interval = '1ms';
\set VERBOSITY default
ALTER SYSTEM SET opsmon.sample_interval = 'soon';
