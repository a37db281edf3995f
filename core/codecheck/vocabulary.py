"""The closed lists of what a checked statement may be made of: functions by name, tree nodes by class.

Whatever is not listed is denied with its name, so a function or construct that the parser learns later stays
out until somebody has looked at it. Not listed on purpose: files and network (read_files, http_request,
remote_query), models (ai_*, vector_search), the JVM (reflect, java_method), secrets, raise_error, sleeps.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_NODES = _words(
    """
    abs acos acosh addmonths and anyvalue approxdistinct approxquantile approxquantiles approxtopk argmax argmin array
    arrayagg arrayall arrayany arrayappend arraycompact arrayconcat arrayconcatagg arraycontains arraycontainsall
    arraydistinct arrayexcept arrayfilter arrayfirst arrayinsert arrayintersect arraylast arraymax arraymin
    arrayoverlaps arrayposition arrayprepend arrayremove arrayreverse arraysize arrayslice arraysort arraysum
    arraytostring arrayuniqueagg arrayszip ascii asin asinh atan atan2 atanh avg base64encode bitlength bitwiseandagg
    bitwisecount bitwiseoragg bitwisexoragg booland boolor bytelength case cast cbrt ceil chr coalesce collate concat
    concatws contains converttimezone corr cos cosh cot count countif covarpop covarsamp csc cumedist currentdate
    currentdatetime currenttime currenttimestamp currenttimezone currentuser sessionuser date dateadd datediff
    datefromparts datefromunixdate datestrtodate datesub datetime datetodatestr datetimetrunc datetrunc day dayname
    dayofmonth dayofweek dayofweekiso dayofyear decode decodecase degrees denserank elt encode endswith equalnull
    exists exp explode explodinggenerateseries extract factorial first firstvalue flatten floor frombase64 fromjson
    generatedatearray generateseries getextract getignorecase greatest groupconcat grouping groupingid hex hour if
    initcap inline isascii isinf isnan jsonarray jsonarraycontains jsonbextract jsonbextractscalar jsonexists
    jsonextract jsonextractarray jsonextractscalar jsonformat jsonkeys jsonobject jsonvaluearray kurtosis lag last
    lastday lastvalue lead least left length levenshtein list ln localtimestamp log logicaland logicalor lower
    lowerhex makeinterval map mapcat mapcontainskey mapfromentries mapkeys mapsize max md5 median min minute mode
    month monthname monthsbetween nextday normal nthvalue ntile nullif numbertostr nvl2 or overlay pad parsejson
    parseurl percentilecont percentiledisc percentrank pi posexplode posexplodeouter pow quantile quarter radians rand
    randn rank reduce regexpcount regexpextract regexpextractall regexpinstr regexpilike regexplike regexpreplace
    regexpsplit regexpsubstr regravgx regravgy regrcount regrintercept regrr2 regrslope regrsxx regrsxy regrsyy repeat
    replace reverse right rint round rownumber safeadd safedivide safemultiply safesubtract sec second sha sha2 sign
    sin sinh skewness sortarray soundex space split splitpart sqrt stack startswith stddev stddevpop stddevsamp
    strposition strtodate strtomap strtotime strtounix struct structextract substring substringindex sum tan tanh time
    timestamp timestampadd timestampdiff timestampfromparts timestampsub timestamptrunc timestrtodate timestrtotime
    timestrtounix timetostr timetounix toarray tobase64 tochar todays tonumber transform translate trim trunc try
    trycast tsordsadd tsordsdiff tsordstodate tsordstodatestr tsordstotime tsordstotimestamp typeof unhex unicode
    uniform unixdate unixmicros unixmillis unixseconds unixtostr unixtotime unixtotimestr unnest upper uuid variance
    variancepop varmap week weekofyear widthbucket xor year yearofweek yearofweekiso _explodeouter todouble tobinary
    toboolean sha1digest sha2digest md5digest datetodi
    stringtoarray strtok getbit format shuffle
    """
)
"""Classes of the parser's own function nodes (their `key`)."""

FUNCTION_NAMES = _words(
    """
    aggregate any any_value approx_count_distinct approx_percentile approx_top_k array_agg array_append array_compact
    array_contains array_distinct array_except array_insert array_intersect array_join array_max array_min
    array_position array_prepend array_remove array_repeat array_size array_sort array_union arrays_overlap arrays_zip
    ascii base64 bigint bin bit_and bit_count bit_get bit_length bit_or bit_xor bool_and bool_or boolean bround btrim
    cardinality cast ceiling char char_length character_length charindex coalesce collect_list collect_set
    concat_ws contains conv corr count_if count_min_sketch crc32 cume_dist curdate current_catalog current_database
    current_date current_schema current_timestamp current_timezone date date_add date_diff date_format
    date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayofmonth decimal decode
    dense_rank double e element_at elt endswith equal_null every exists expm1 explode explode_outer filter find_in_set
    first first_value flatten float floor forall format_number format_string from_csv from_json from_unixtime
    from_utc_timestamp get get_json_object getbit greatest grouping grouping_id hash histogram_numeric hypot ifnull
    ilike initcap inline inline_outer instr int isnotnull isnull json_array_length json_object_keys json_tuple
    kurtosis last last_day last_value lcase left len length like ln locate log10 log1p log2 lpad ltrim make_date
    make_dt_interval make_interval make_timestamp make_ym_interval map map_concat map_contains_key map_entries
    map_filter map_from_arrays map_from_entries map_keys map_values map_zip_with mask max_by mean median min_by mod
    monotonically_increasing_id months_between named_struct nanvl negative next_day now nth_value ntile nullifzero nvl
    nvl2 octet_length parse_url percent_rank percentile percentile_approx percentile_cont percentile_disc pmod
    posexplode posexplode_outer position positive power printf product quarter quote rand randn rank reduce regexp
    regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like regexp_replace regexp_substr repeat
    replace rint rlike row_number rpad rtrim schema_of_json sentences sequence sha sha1 sha2 shiftleft shiftright
    shiftrightunsigned shuffle sign signum size skewness slice smallint some sort_array soundex space split split_part
    sqrt stack startswith std stddev str_to_map string struct substr substring substring_index sum
    timestamp timestamp_micros timestamp_millis timestamp_seconds timestampadd timestampdiff tinyint to_char to_csv
    to_date to_json to_number to_timestamp to_timestamp_ltz to_timestamp_ntz to_unix_timestamp to_utc_timestamp
    to_varchar transform transform_keys transform_values translate trim trunc try_add try_avg try_cast try_divide
    try_element_at try_mod try_multiply try_subtract try_sum try_to_date try_to_number try_to_timestamp try_variant_get
    typeof ucase unbase64 unhex unix_date unix_micros unix_millis unix_seconds unix_timestamp upper url_decode
    url_encode uuid var_pop var_samp variance variant_get weekday weekofyear width_bucket xxhash64 year zeroifnull
    zip_with is_variant_null parse_json try_parse_json to_variant_object schema_of_variant listagg string_agg
    collate measure extract window session_window
    """
)
"""Databricks functions that the parser keeps by name only."""

TABLE_FUNCTIONS = _words("explode explode_outer posexplode posexplode_outer inline inline_outer range stack json_tuple")
"""What may stand in FROM or LATERAL and is not a table."""

TABLE_FUNCTION_NODES = _words("explode _explodeouter posexplode posexplodeouter inline stack unnest")

STRUCTURE_NODES = _words(
    """
    Add Alias Aliases All Any AtTimeZone Between BitwiseAnd BitwiseLeftShift BitwiseNot BitwiseOr
    BitwiseRightShift BitwiseXor Boolean Bracket CTE Cluster Column ColumnDef Cube DPipe DataType DataTypeParam
    Distinct Distribute Div Dot EQ Escape Except Filter Fetch From GT GTE Group GroupingSets Having HavingMax
    HexString Hint ILike Identifier IgnoreNulls In IntDiv Intersect Interval IntervalSpan Is JSON JSONKeyValue
    JSONPath JSONPathFilter JSONPathKey JSONPathRecursive JSONPathRoot JSONPathScript JSONPathSelector
    JSONPathSlice JSONPathSubscript JSONPathUnion JSONPathWildcard JSONValue Join JoinHint Kwarg LT LTE Lambda
    Lateral Like Limit Literal Mod Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Offset Order Ordered Paren Pivot
    PivotAlias PivotAny Placeholder PositionalColumn PropertyEQ Qualify RawString RespectNulls Rollup Select Slice
    Sort Star Sub Subquery Table TableAlias TableSample Tuple Union UnpivotColumns Values Var Version Where Window
    WindowSpec With WithinGroup FormatJson UnicodeString FromTimeZone National SimilarTo
    """
)
"""Classes of tree nodes that are not functions and may stand in a query."""

WRITE_NODES = _words(
    """
    Alter AlterColumn Analyze Attach Cache Clone Command Comment Commit Copy Create Declare Delete Describe Detach Drop
    Execute Export Grant Insert Into Kill LoadData Lock Merge MultitableInserts Pragma Put Refresh Revoke Rollback Set
    Show Transaction TruncateTable Uncache Update Use
    """
)
"""Named in the reason as what they are: they change something, or their text is opaque to the parser."""

FILE_FORMATS = _words("avro binaryfile csv delta excel iceberg json jsonl kafka orc parquet text txt xml hudi jdbc")
"""A table in a schema of this name and without a catalog is a path: csv.`s3://…`."""
