-- Prints the state diagram of docs/guard.md, from the ladder as the server has it. Only steps to the next rung are drawn.
WITH rung AS (
    SELECT l.*, lag(rung) OVER (ORDER BY rung_number) AS below,
           CASE WHEN full_in IS NULL THEN ''
                WHEN full_in < interval '1 hour' THEN ', or full in ' || extract(epoch FROM full_in)::int / 60 || ' min'
                ELSE ', or full in ' || extract(epoch FROM full_in)::int / 3600 || ' h' END
             || coalesce(' (' || nullif(forecast, '') || ')', '') AS by_forecast,
           extract(epoch FROM leaves_after)::int || ' s' AS after
      FROM opsmon.guard_ladder l
), line (part, number, text) AS (
    VALUES (0, 0, E'```mermaid\nstateDiagram-v2\n    [*] --> calm'), (3, 0, '```')
    UNION ALL
    SELECT 1, rung_number, format('    %s --> %s: less than %s usable%s', below, rung,
               coalesce(default_free_percent || ' %', 'one WAL segment'), by_forecast)
      FROM rung WHERE below IS NOT NULL
    UNION ALL
    SELECT 2, rung_number, format('    %s --> %s: half as much again, for %s', rung, below, after)
      FROM rung WHERE below IS NOT NULL
)
SELECT text FROM line ORDER BY part, number
