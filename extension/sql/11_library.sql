-- The library comes first: it knows the SQL objects of all releases before it, and none after it.
-- Says so where new files were installed and the server still has the old library loaded.
DO $$
DECLARE
    sql CONSTANT text := (SELECT extversion FROM pg_extension WHERE extname = 'opsmon');
    library CONSTANT text := opsmon.library_version();
BEGIN
    IF string_to_array(library, '.')::int[] < string_to_array(sql, '.')::int[] THEN
        RAISE EXCEPTION 'opsmon % needs its library, and the server has loaded that of %', sql, library
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Restart the server, then try again.';
    END IF;
END
$$;
