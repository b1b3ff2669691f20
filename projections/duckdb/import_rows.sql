-- What an importer's SQL has beside DuckDB's own.

-- name: rows
-- The table's name holds the arguments: it is made when it is first asked for (import_rows.py).
CREATE MACRO pledger.rows(file, delimiter := ',', quote := '"', encoding := 'utf-8', header := true) AS TABLE
    SELECT * FROM query_table('rows_' || hex(CAST(to_json([
        CAST(file AS VARCHAR), CAST(delimiter AS VARCHAR), CAST(quote AS VARCHAR),
        CAST(encoding AS VARCHAR), CAST(CAST(header AS BOOLEAN) AS VARCHAR)
    ]) AS VARCHAR)));

-- name: written
-- What a text says, as if its clock was UTC's; null where it does not fit.
CREATE MACRO pledger.pledger_written(written, format) AS CAST(try_strptime(written, format) AS TIMESTAMPTZ);

-- name: offset
CREATE MACRO pledger.pledger_offset(moment, zone) AS
    timezone(zone, moment) - timezone('UTC', moment);

-- name: earlier
-- By the offset of a day before; of a time that comes twice, this is the first.
CREATE MACRO pledger.pledger_earlier(shown, zone) AS timezone(
    'UTC', shown - pledger_offset(timezone(zone, shown) - INTERVAL '24 hours', zone)
);

-- name: local_instant
-- timezone() moves a time that is skipped forward by the gap, and takes the later of two.
CREATE MACRO pledger.pledger_local_instant(shown, zone, earlier) AS CASE
    WHEN zone IS NULL THEN error('instant() needs a zone, such as ''Europe/Paris''')
    WHEN earlier AND timezone(zone, pledger_earlier(shown, zone)) = shown
    THEN pledger_earlier(shown, zone)
    ELSE timezone(zone, shown)
END;

-- name: instant
-- A text that does not fit is written down with its place; `pledger_line` and `pledger_file` are
-- added to each call (import_lines.py). Its value is infinity, which no fact can have.
CREATE MACRO pledger.instant(
    written, format, zone, earlier := false, pledger_line := NULL, pledger_file := NULL
) AS CASE
    WHEN written IS NULL OR written = '' THEN NULL
    WHEN pledger_written(written, format) IS NULL THEN write_log(
        concat_ws(
            '|',
            coalesce(CAST(pledger_line AS VARCHAR), ''),
            CAST(length(written) AS VARCHAR),
            coalesce(hex(format), ''),
            coalesce(hex(CAST(pledger_file AS VARCHAR)), '')
        ),
        level := 'warning',
        log_type := 'instant',
        return_value := CAST('infinity' AS TIMESTAMPTZ)
    )
    WHEN regexp_matches(format, '^([^%]|%[^zZ])*%[zZ]') THEN pledger_written(written, format)
    ELSE pledger_local_instant(timezone('UTC', pledger_written(written, format)), zone, earlier)
END;

-- name: cast
-- What takes the place of a cast whose line is known (import_lines.py): one that fails is written
-- down with its place, and its value is null.
CREATE MACRO pledger.pledger_cast(
    tried, given, wanted, pledger_line := NULL, pledger_file := NULL
) AS CASE
    WHEN tried IS NOT NULL OR given IS NULL THEN tried
    WHEN typeof(given) IN ('JSON', 'VARIANT') AND CAST(given AS VARCHAR) = 'null' THEN tried
    WHEN pledger_line IS NULL OR pledger_file IS NULL
    THEN error('Could not convert string "' || given || '" to ' || wanted)
    ELSE write_log(
        concat_ws(
            '|',
            CAST(pledger_line AS VARCHAR),
            CAST(length(CAST(given AS VARCHAR)) AS VARCHAR),
            hex(wanted),
            hex(CAST(pledger_file AS VARCHAR))
        ),
        level := 'warning',
        log_type := 'cast',
        return_value := tried
    )
END;
