-- opsmon
\echo Use "CREATE EXTENSION opsmon" to load this file. \quit

-- Fails where the schema exists already, and must: the sampler, a superuser, calls functions and
-- writes tables here, and another owner of the schema could put his own in their place.
CREATE SCHEMA opsmon;
COMMENT ON SCHEMA opsmon IS 'opsmon: replication, WAL, volumes and activity of this server, live and over time';
