-- Functions of Databricks SQL in the engine's own words. The dialect writes their names; nobody else does.

-- Decimals: the digits without the point; a quotient rounded half up; a whole number with s digits after a point.
CREATE MACRO aiops_unscaled(a) AS CAST(replace(CAST(a AS VARCHAR), '.', '') AS HUGEINT);
CREATE MACRO aiops_half_up(n, d) AS
    n // d + CASE WHEN 2 * abs(n % d) >= abs(d) THEN sign(n) * sign(d) ELSE 0 END;
CREATE MACRO aiops_digits(q, s) AS
    lpad(CAST(abs(q) AS VARCHAR), CAST(greatest(s + 1, length(CAST(abs(q) AS VARCHAR))) AS INTEGER), '0');
CREATE MACRO aiops_pointed(q, s) AS
    CASE WHEN q < 0 THEN '-' ELSE '' END
    || left(aiops_digits(q, s), length(aiops_digits(q, s)) - s) || '.' || right(aiops_digits(q, s), s);
CREATE MACRO aiops_quotient(n, d, s) AS
    CASE WHEN d = 0 THEN error('[DIVIDE_BY_ZERO] Division by zero. Use try_divide to get NULL instead.')
         ELSE aiops_pointed(aiops_half_up(n, d), s) END;

-- Mathematics.
CREATE MACRO aiops_e() AS exp(1.0::DOUBLE);
CREATE MACRO aiops_hypot(a, b) AS sqrt(pow(CAST(a AS DOUBLE), 2) + pow(CAST(b AS DOUBLE), 2));
CREATE MACRO aiops_factorial(n) AS CASE WHEN n BETWEEN 0 AND 20 THEN CAST(factorial(CAST(n AS INTEGER)) AS BIGINT) END;
CREATE MACRO aiops_sqrt(x) AS
    CASE WHEN CAST(x AS DOUBLE) < 0 THEN 'NaN'::DOUBLE ELSE sqrt(greatest(CAST(x AS DOUBLE), 0)) END;
CREATE MACRO aiops_rint(x) AS round_even(CAST(x AS DOUBLE), 0);
CREATE MACRO aiops_bucket(v, low, high, n) AS
    CASE WHEN v < low THEN 0 WHEN v >= high THEN n + 1
         ELSE CAST(floor(n * (v - low) / (high - low)) AS BIGINT) + 1 END;
CREATE MACRO aiops_width_bucket(v, low, high, n) AS
    CASE WHEN v IS NULL OR low IS NULL OR high IS NULL OR n IS NULL OR n <= 0 OR low = high THEN NULL
         WHEN low < high THEN CAST(aiops_bucket(CAST(v AS DOUBLE), CAST(low AS DOUBLE), CAST(high AS DOUBLE), n) AS BIGINT)
         WHEN v > low THEN 0
         WHEN v <= high THEN CAST(n + 1 AS BIGINT)
         ELSE CAST(floor(n * (CAST(low AS DOUBLE) - v) / (CAST(low AS DOUBLE) - high)) AS BIGINT) + 1 END;
CREATE MACRO aiops_bin(n) AS CASE WHEN n = 0 THEN '0' ELSE ltrim(CAST(CAST(n AS BIGINT) AS BIT)::VARCHAR, '0') END;
CREATE MACRO aiops_bit_count(n) AS CAST(bit_count(CAST(n AS BIGINT)) AS INTEGER);
CREATE MACRO aiops_getbit(n, p) AS CAST((CAST(n AS BIGINT) >> p) & 1 AS TINYINT);
CREATE MACRO aiops_nanvl(a, b) AS CASE WHEN isnan(CAST(a AS DOUBLE)) THEN CAST(b AS DOUBLE) ELSE CAST(a AS DOUBLE) END;
CREATE MACRO aiops_isnan(a) AS coalesce(isnan(CAST(a AS DOUBLE)), false);
CREATE MACRO aiops_zeroifnull(a) AS coalesce(a, 0);
CREATE MACRO aiops_nullifzero(a) AS nullif(a, 0);

-- Text. Letters beyond ASCII are changed by Python: ß becomes SS, a final sigma stays one.
CREATE MACRO aiops_upper(s) AS CASE WHEN strlen(s) = length(s) THEN upper(s) ELSE aiops_upper_unicode(s) END;
CREATE MACRO aiops_lower(s) AS CASE WHEN strlen(s) = length(s) THEN lower(s) ELSE aiops_lower_unicode(s) END;
CREATE MACRO aiops_unhex(s) AS TRY(unhex(CASE WHEN length(s) % 2 = 1 THEN '0' || s ELSE s END));
CREATE MACRO aiops_crc32(s) AS
    aiops_crc32_bytes(CASE WHEN typeof(s) = 'BLOB' THEN CAST(s AS BLOB) ELSE encode(CAST(s AS VARCHAR)) END);
CREATE MACRO aiops_substring_index(s, d, n) AS
    CASE WHEN s IS NULL OR d IS NULL OR n IS NULL THEN NULL
         WHEN n = 0 OR d = '' THEN ''
         WHEN n > 0 THEN array_to_string(list_slice(string_split(s, d), 1, n), d)
         ELSE array_to_string(list_slice(string_split(s, d), greatest(len(string_split(s, d)) + n + 1, 1), len(string_split(s, d))), d) END;
CREATE MACRO aiops_overlay(s, r, p, n := NULL) AS
    substring(s, 1, p - 1) || r || substring(s, p + coalesce(n, length(r)));
CREATE MACRO aiops_find_in_set(w, l) AS
    CASE WHEN contains(w, ',') THEN 0
         WHEN w IS NULL OR l IS NULL THEN NULL
         ELSE CAST(coalesce(list_position(string_split(l, ','), w), 0) AS INTEGER) END;
CREATE MACRO aiops_regexp_count(s, p) AS CAST(len(regexp_extract_all(s, p)) AS INTEGER);
CREATE MACRO aiops_regexp_substr(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END;
CREATE MACRO aiops_regexp_instr(s, p) AS
    CASE WHEN s IS NULL OR p IS NULL THEN NULL
         WHEN regexp_matches(s, p) THEN CAST(length(string_split_regex(s, p)[1]) + 1 AS INTEGER) ELSE 0 END;
CREATE MACRO aiops_bit_length(s) AS
    CAST(8 * CASE WHEN typeof(s) = 'BLOB' THEN octet_length(CAST(s AS BLOB)) ELSE strlen(CAST(s AS VARCHAR)) END AS INTEGER);
CREATE MACRO aiops_split_limit(s, d, n) AS
    CASE WHEN n <= 0 OR len(string_split(s, d)) <= n THEN string_split(s, d)
         ELSE list_append(list_slice(string_split(s, d), 1, n - 1),
                          array_to_string(list_slice(string_split(s, d), n, len(string_split(s, d))), d)) END;

-- Moments.
CREATE MACRO aiops_timestamp_millis(n) AS CAST(make_timestamp(CAST(n AS BIGINT) * 1000) AS TIMESTAMPTZ);
CREATE MACRO aiops_timestamp_micros(n) AS CAST(make_timestamp(CAST(n AS BIGINT)) AS TIMESTAMPTZ);
CREATE MACRO aiops_floor_moment(t, n) AS make_timestamptz(epoch_us(t) - ((epoch_us(t) % n) + n) % n);
CREATE MACRO aiops_make_timestamp(y, mo, d, h, mi, s) AS
    CAST(make_timestamp(y, mo, d, h, mi, 0.0::DOUBLE)
         + to_microseconds(CAST(CAST(s AS DECIMAL(16,6)) * 1000000 AS BIGINT)) AS TIMESTAMPTZ);
CREATE MACRO aiops_next_day(d, n) AS d + CAST((n - isodow(d) + 6) % 7 + 1 AS INTEGER);
CREATE MACRO aiops_add_months(d, n) AS CAST(d + to_months(CAST(n AS INTEGER)) AS DATE);
CREATE MACRO aiops_seconds_between(a, b) AS
    (day(a) - day(b)) * 86400.0::DOUBLE
    + (date_part('epoch', a - date_trunc('day', a)) - date_part('epoch', b - date_trunc('day', b)));
CREATE MACRO aiops_months_between(a, b, rounded) AS
    CASE WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(a) AND CAST(b AS DATE) = last_day(b))
         THEN CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE)
         WHEN rounded THEN round((year(a) - year(b)) * 12 + month(a) - month(b) + aiops_seconds_between(a, b) / 2678400.0::DOUBLE, 8)
         ELSE (year(a) - year(b)) * 12 + month(a) - month(b) + aiops_seconds_between(a, b) / 2678400.0::DOUBLE END;
CREATE MACRO aiops_sequence(a, b, s) AS
    CASE WHEN a IS NULL OR b IS NULL OR s IS NULL THEN NULL
         WHEN s = 0 AND a = b THEN [CAST(a AS BIGINT)]
         WHEN s = 0 OR (a < b AND s < 0) OR (a > b AND s > 0)
         THEN error('[INVALID_PARAMETER_VALUE] sequence: the step does not lead from the start to the stop.')
         ELSE generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), CAST(s AS BIGINT)) END;
-- Text as a moment in UTC: yyyy, yyyy-mm, yyyy-mm-dd, with a time and a zone after the last; NULL for any other.
CREATE MACRO aiops_moment_text(s) AS
    CASE WHEN regexp_full_match(s, '\d{4}') THEN s || '-01-01 00:00:00+00'
         WHEN regexp_full_match(s, '\d{4}-\d{1,2}') THEN s || '-01 00:00:00+00'
         WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}[ T]?') THEN rtrim(s, ' T') || ' 00:00:00+00'
         WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{0,9})?)?') THEN rtrim(s, '.') || '+00'
         WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{0,9})?)? ?(Z|UTC|[+-]\d{1,2}(:\d{2})?)')
         THEN regexp_replace(regexp_replace(regexp_replace(s, ' ?(Z|UTC)$', '+00'), ' ([+-])', '\1'),
                             '([+-])(\d)(:\d{2})?$', '\10\2\3')
         WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,9})? ?[A-Za-z]+/[A-Za-z_/]+')
         THEN regexp_replace(s, ' ?([A-Za-z]+/)', ' \1') END;
CREATE MACRO aiops_try_moment(s) AS TRY_CAST(aiops_moment_text(trim(s)) AS TIMESTAMPTZ);
CREATE MACRO aiops_moment(s) AS
    CASE WHEN s IS NULL THEN NULL
         ELSE coalesce(aiops_try_moment(s),
                       error('[CAST_INVALID_INPUT] Text that is not a timestamp cannot be cast to TIMESTAMP: ' || s)) END;

-- Arrays and maps.
CREATE MACRO aiops_array_repeat(x, n) AS
    CASE WHEN n IS NULL THEN NULL ELSE list_transform(range(greatest(CAST(n AS BIGINT), 0)), lambda i: x) END;
CREATE MACRO aiops_array_prepend(l, x) AS CASE WHEN l IS NULL THEN NULL ELSE list_concat([x], l) END;
CREATE MACRO aiops_array_insert(l, p, x) AS
    CASE WHEN l IS NULL OR p IS NULL THEN NULL
         WHEN p = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid.')
         WHEN p > 0 THEN list_concat(
             list_transform(range(1, greatest(p, 1)), lambda i: CASE WHEN i <= len(l) THEN l[i] END),
             list_concat([x], CASE WHEN p <= len(l) THEN list_slice(l, p, len(l)) ELSE [] END))
         ELSE error('[UNSUPPORTED_FEATURE] array_insert at a negative position is not supported.') END;
CREATE MACRO aiops_list_distinct(l) AS
    list_filter(l, lambda x, i: i = CASE WHEN x IS NULL THEN list_position(list_transform(l, lambda y: y IS NULL), true)
                                         ELSE list_position(l, x) END);
CREATE MACRO aiops_has(l, x) AS CASE WHEN x IS NULL THEN list_count(l) < len(l) ELSE list_contains(l, x) END;
CREATE MACRO aiops_list_remove(l, v) AS
    CASE WHEN l IS NULL OR v IS NULL THEN NULL ELSE list_filter(l, lambda x: x IS NULL OR x <> v) END;
CREATE MACRO aiops_list_except(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL
         ELSE list_filter(aiops_list_distinct(a), lambda x: NOT aiops_has(b, x)) END;
CREATE MACRO aiops_list_intersect(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL
         ELSE list_filter(aiops_list_distinct(a), lambda x: aiops_has(b, x)) END;
CREATE MACRO aiops_flatten(l) AS CASE WHEN list_count(l) < len(l) THEN NULL ELSE flatten(l) END;
CREATE MACRO aiops_get(l, i) AS CASE WHEN i >= 0 THEN list_extract(l, i + 1) END;
CREATE MACRO aiops_slice(l, s, n) AS
    CASE WHEN l IS NULL OR s IS NULL OR n IS NULL THEN NULL
         WHEN s = 0 THEN error('[INVALID_PARAMETER_VALUE] slice: arrays start at 1.')
         WHEN n < 0 THEN error('[INVALID_PARAMETER_VALUE] slice: the length may not be negative.')
         WHEN s > 0 THEN list_slice(l, s, s + n - 1)
         WHEN len(l) + s < 0 THEN list_slice(l, 1, 0)
         ELSE list_slice(l, len(l) + s + 1, len(l) + s + n) END;
CREATE MACRO aiops_any(l) AS
    CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true
         WHEN list_count(l) < len(l) THEN NULL ELSE false END;
CREATE MACRO aiops_all(l) AS
    CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false
         WHEN list_count(l) < len(l) THEN NULL ELSE true END;
CREATE MACRO aiops_json_array_length(j) AS
    CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS INTEGER) END;
CREATE MACRO aiops_array_union(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE aiops_list_distinct(list_concat(a, b)) END;
CREATE MACRO aiops_arrays_overlap(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL
         WHEN list_has_any(a, b) THEN true
         WHEN len(a) > 0 AND len(b) > 0 AND (list_count(a) < len(a) OR list_count(b) < len(b)) THEN NULL
         ELSE false END;
CREATE MACRO aiops_map_from_arrays(k, v) AS map(k, v);
CREATE MACRO aiops_map_entries(m) AS map_entries(m);
CREATE MACRO aiops_json_object_keys(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'OBJECT' THEN json_keys(j) END;

-- Errors and conditions.
CREATE MACRO aiops_raise_error(m) AS error('[USER_RAISED_EXCEPTION] ' || m);
CREATE MACRO aiops_assert_true(c, m := NULL) AS
    CASE WHEN c THEN NULL ELSE error('[USER_RAISED_EXCEPTION] ' || coalesce(m, 'The condition is not true.')) END;
CREATE MACRO aiops_try_boolean(s) AS
    CASE WHEN lower(trim(s)) IN ('t', 'true', 'y', 'yes', '1') THEN true
         WHEN lower(trim(s)) IN ('f', 'false', 'n', 'no', '0') THEN false END;
CREATE MACRO aiops_boolean(s) AS
    CASE WHEN s IS NULL THEN NULL
         ELSE coalesce(aiops_try_boolean(s),
                       error('[CAST_INVALID_INPUT] Text that is not a truth value cannot be cast to BOOLEAN: ' || s)) END;
