"""The closed lists of functions: by the parser's own node for them, and by name; table functions apart.

A function that is not listed is denied with its name, so one that the parser or Databricks learns later stays out
until somebody has looked at it. Not listed on purpose: files and network (read_files, http_request, remote_query),
models (ai_*, vector_search), the JVM (reflect, java_method), secrets, who asks and in which groups (is_member),
raise_error, sleeps.
"""

from __future__ import annotations

from core.codecheck.vocabulary import words

FUNCTION_NODES = words(
    """
    _explodeouter abs acos acosh addmonths and anyvalue approxdistinct approxquantile approxquantiles approxtopk
    approxtopkaccumulate approxtopkcombine approxtopkestimate argmax argmin array arrayagg arrayall arrayany
    arrayappend arraycompact arrayconcat arrayconcatagg arraycontains arraycontainsall arraydistinct arrayexcept
    arrayfilter arrayfirst arrayinsert arrayintersect arraylast arraymax arraymin arrayoverlaps arrayposition
    arrayprepend arrayremove arrayreverse arraysize arrayslice arraysort arraysum arrayszip arraytostring
    arrayuniqueagg ascii asin asinh atan atan2 atanh avg base64encode bitlength bitmapbitposition bitmapbucketnumber
    bitmapconstructagg bitmapcount bitmaporagg bitwiseandagg bitwisecount bitwiseoragg bitwisexoragg booland boolor
    bytelength case cast cbrt ceil chr coalesce collate collation concat concatws contains converttimezone corr cos
    cosh cot count countif covarpop covarsamp csc cumedist currentcatalog currentdatabase currentdate
    currentdatetime currentschema currenttime currenttimestamp currenttimezone currentuser date dateadd datediff
    datefromparts datefromunixdate datestrtodate datesub datetime datetimetrunc datetodatestr datetodi datetrunc day
    dayname dayofmonth dayofweek dayofweekiso dayofyear decode decodecase degrees denserank elt encode endswith
    equalnull exists exp explode explodinggenerateseries extract factorial first firstvalue flatten floor format
    frombase64 fromjson generatedatearray generateseries getbit getextract getignorecase greatest groupconcat
    grouping groupingid hex hour if initcap inline isascii isinf isnan jsonarray jsonarraycontains jsonbextract
    jsonbextractscalar jsonexists jsonextract jsonextractarray jsonextractscalar jsonformat jsonkeys jsonobject
    jsonvaluearray kurtosis lag last lastday lastvalue lead least left length levenshtein list ln localtimestamp log
    logicaland logicalor lower lowerhex makeinterval map mapcat mapcontainskey mapfromentries mapkeys mapsize max
    md5 md5digest median min minute mode month monthname monthsbetween nanvl negative nextday normal nthvalue ntile
    nullif numbertostr nvl2 or overlay pad parsejson parseurl percentilecont percentiledisc percentrank pi
    posexplode posexplodeouter pow quantile quarter radians rand randn randstr rank reduce regexpcount regexpextract
    regexpextractall regexpilike regexpinstr regexplike regexpreplace regexpsplit regexpsubstr regravgx regravgy
    regrcount regrintercept regrr2 regrslope regrsxx regrsxy regrsyy repeat replace reverse right rint round
    rownumber safeadd safedivide safemultiply safesubtract sec second sessionuser sha sha1digest sha2 sha2digest
    shuffle sign sin sinh skewness sortarray soundex space split splitpart sqrt stack startswith stddev stddevpop
    stddevsamp stdistance stpoint stringtoarray strposition strtodate strtok strtomap strtotime strtounix struct
    structextract substring substringindex sum tan tanh time timediff timestamp timestampadd timestampdiff
    timestampfromparts timestampsub timestamptrunc timestrtodate timestrtotime timestrtounix timetostr timetounix
    timetrunc toarray tobase64 tobinary toboolean tochar todays todouble tonumber transform translate trim trunc try
    trycast tsordsadd tsordsdiff tsordstodate tsordstodatestr tsordstotime tsordstotimestamp typeof unhex unicode
    uniform unixdate unixmicros unixmillis unixseconds unixtostr unixtotime unixtotimestr unnest upper uuid variance
    variancepop varmap week weekofyear widthbucket xor year yearofweek yearofweekiso
    """
)
"""Classes of the parser's own function nodes (their `key`)."""

_SKETCHES = words(
    """
    hll_sketch_agg hll_sketch_estimate hll_union hll_union_agg kll_sketch_agg_bigint kll_sketch_agg_double
    kll_sketch_agg_float kll_sketch_get_n_bigint kll_sketch_get_n_double kll_sketch_get_n_float
    kll_sketch_get_quantile_bigint kll_sketch_get_quantile_double kll_sketch_get_quantile_float
    kll_sketch_get_rank_bigint kll_sketch_get_rank_double kll_sketch_get_rank_float kll_sketch_merge_agg_bigint
    kll_sketch_merge_agg_double kll_sketch_merge_agg_float kll_sketch_merge_bigint kll_sketch_merge_double
    kll_sketch_merge_float kll_sketch_to_string_bigint kll_sketch_to_string_double kll_sketch_to_string_float
    theta_difference theta_intersection theta_intersection_agg theta_sketch_agg theta_sketch_estimate theta_union
    theta_union_agg
    """
)
_PLACES = words(
    """
    h3_boundaryasgeojson h3_boundaryaswkb h3_boundaryaswkt h3_centerasgeojson h3_centeraswkb h3_centeraswkt
    h3_compact h3_coverash3 h3_coverash3string h3_distance h3_h3tostring h3_hexring h3_ischildof h3_ispentagon
    h3_isvalid h3_kring h3_kringdistances h3_longlatash3 h3_longlatash3string h3_maxchild h3_minchild h3_pointash3
    h3_pointash3string h3_polyfillash3 h3_polyfillash3string h3_resolution h3_stringtoh3 h3_tessellateaswkb
    h3_tochildren h3_toparent h3_try_coverash3 h3_try_coverash3string h3_try_distance h3_try_polyfillash3
    h3_try_polyfillash3string h3_try_tessellateaswkb h3_try_validate h3_uncompact h3_validate st_addpoint st_area
    st_asbinary st_asewkb st_asewkt st_asgeojson st_asmvt st_asmvtgeom st_astext st_aswkb st_aswkt st_azimuth
    st_boundary st_buffer st_centroid st_closestpoint st_collect_agg st_concavehull st_contains st_convexhull
    st_coveredby st_covers st_crosses st_difference st_dimension st_disjoint st_distancesphere st_distancespheroid
    st_dump st_dwithin st_endpoint st_envelope st_envelope_agg st_equals st_estimatesrid st_exteriorring
    st_flipcoordinates st_force2d st_geogarea st_geogfromgeojson st_geogfromtext st_geogfromwkb st_geogfromwkt
    st_geoglength st_geogperimeter st_geohash st_geometryn st_geometrytype st_geomfromewkb st_geomfromewkt
    st_geomfromgeohash st_geomfromgeojson st_geomfromtext st_geomfromwkb st_geomfromwkt st_interiorringn
    st_intersection st_intersects st_isempty st_isvalid st_length st_linefrompoints st_linestring st_m st_makeline
    st_makepolygon st_multi st_ndims st_npoints st_numgeometries st_numinteriorrings st_numpoints st_perimeter
    st_pointfromgeohash st_pointn st_polygon st_removepoint st_reverse st_rotate st_scale st_setpoint st_setsrid
    st_simplify st_srid st_startpoint st_symdifference st_touches st_transform st_translate st_union st_union_agg
    st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmin to_geography to_geometry
    try_to_geography try_to_geometry
    """
)
FUNCTION_NAMES = (
    words(
        """
        aggregate any any_value approx_count_distinct approx_percentile approx_top_k array_agg array_append
        array_compact array_contains array_distinct array_except array_insert array_intersect array_join array_max
        array_min array_position array_prepend array_remove array_repeat array_size array_sort array_union
        arrays_overlap arrays_zip ascii base64 bigint bin binary bit_and bit_count bit_get bit_length bit_or bit_reverse
        bit_xor bitmap_and_agg bool bool_and bool_or boolean bround btrim cardinality cast ceiling char char_length
        character_length charindex coalesce collate collect_list collect_set concat_ws contains conv corr count_if
        count_min_sketch crc32 cume_dist curdate current_catalog current_database current_date current_schema
        current_timestamp current_timezone date date_add date_bucket date_diff date_format date_from_unix_date date_part
        date_sub date_trunc dateadd datediff datepart day dayofmonth decimal decode dense_rank double e element_at elt
        endswith equal_null every exists explode explode_outer expm1 extract filter find_in_set first first_value
        flatten float floor forall format_number format_string from_csv from_json from_unixtime from_utc_timestamp
        from_xml get get_json_object getbit greatest grouping grouping_id hash histogram_numeric hypot ifnull ilike
        initcap inline inline_outer instr int is_valid_utf8 is_variant_null isnotnull isnull json_array_length
        json_object_keys json_tuple kurtosis last last_day last_value lcase left len length like listagg ln locate log10
        log1p log2 lpad ltrim luhn_check make_date make_dt_interval make_interval make_time make_timestamp
        make_timestamp_ltz make_timestamp_ntz make_valid_utf8 make_ym_interval map map_concat map_contains_key
        map_entries map_filter map_from_arrays map_from_entries map_keys map_values map_zip_with mask max_by mean
        measure median min_by mod monotonically_increasing_id months_between named_struct nanvl negative next_day now
        nth_value ntile nullifzero nvl nvl2 octet_length parse_json parse_url percent_rank percentile percentile_approx
        percentile_cont percentile_disc pmod posexplode posexplode_outer position positive power printf product quarter
        quote rand randn rank reduce regexp regexp_count regexp_extract regexp_extract_all regexp_instr regexp_like
        regexp_replace regexp_substr repeat replace rint rlike row_number rpad rtrim schema_of_csv schema_of_json
        schema_of_json_agg schema_of_variant schema_of_variant_agg schema_of_xml sentences sequence session_window sha
        sha1 sha2 shiftleft shiftright shiftrightunsigned shuffle sign signum size skewness slice smallint some
        sort_array soundex space split split_part sqrt stack startswith std stddev str_to_map string string_agg struct
        substr substring substring_index sum timediff timestamp timestamp_micros timestamp_millis timestamp_seconds
        timestampadd timestampdiff tinyint to_char to_csv to_date to_json to_number to_time to_timestamp
        to_timestamp_ltz to_timestamp_ntz to_unix_timestamp to_utc_timestamp to_varchar to_variant_object to_xml
        transform transform_keys transform_values translate trim trunc try_add try_avg try_cast try_divide
        try_element_at try_make_interval try_make_timestamp try_make_timestamp_ltz try_make_timestamp_ntz try_mod
        try_multiply try_parse_json try_parse_url try_subtract try_sum try_to_binary try_to_date try_to_number
        try_to_time try_to_timestamp try_url_decode try_validate_utf8 try_variant_get try_zstd_decompress typeof ucase
        unbase64 unhex unix_date unix_micros unix_millis unix_seconds unix_timestamp upper url_decode url_encode user
        uuid validate_utf8 var_pop var_samp variance variant_get weekday weekofyear width_bucket window window_time
        xxhash64 year zeroifnull zip_with zstd_compress zstd_decompress
        """
    )
    | _SKETCHES
    | _PLACES
)
"""Databricks functions that the parser keeps by name only."""

TABLE_FUNCTIONS = words(
    "explode explode_outer posexplode posexplode_outer inline inline_outer range stack json_tuple "
    "variant_explode variant_explode_outer"
)
"""What may stand in FROM or LATERAL and is not a table."""

CHANGE_FEED = "table_changes"
"""Reads a table that a literal names; that table is checked as if it stood in FROM."""

TABLE_FUNCTION_NODES = words("explode _explodeouter posexplode posexplodeouter inline stack unnest")
