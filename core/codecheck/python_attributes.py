"""The closed lists of attributes: what may be called, what may not be touched, and what is called only as checked.

Every public attribute of pandas, numpy, PySpark and the standard types stands in one of the three lists (a test
compares them with the installed libraries). A name in none of them is a column: it may be read, never called.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS = _words(
    """
    Emax Emin Etiny Etop T abs accumulate active add add_categories add_note add_prefix add_suffix adjusted alias
    align alignment all allows_duplicate_labels any appName append appendleft approxQuantile argmax argmin
    argpartition args argsort array asDict asTable as_integer_ratio as_ordered as_tuple as_unit as_unordered asc
    asc_nulls_first asc_nulls_last asfreq asi8 asm8 asof asof_locs assign astimezone astype at at_time attrs
    autocorr avg axes axis base beta between between_time bfill binomial bit_count bit_length bitwiseAND bitwiseOR
    bitwiseXOR bucketBy builder byteorder bytes byteswap cache cache_clear cache_info cache_parameters canonical
    capitalize capitals case_when casefold cast cat categories cdf ceil center char check_for_ordered chisquare
    choice choose clamp clear clear_flags clear_traps clip close closed closed_left closed_right clusterBy coalesce
    codes colRegex collect colno columns combine combine_first compare compare_signal compare_total
    compare_total_mag components compress conj conjugate contains convert_dtypes copy copy_abs copy_decimal
    copy_negate copy_sign corr corrwith count cov create createDataFrame createOrReplace create_decimal
    create_decimal_from_float crossJoin crosstab ctime cube cumcount cummax cummin cumprod cumsum currentRow data
    date day day_name day_of_week day_of_year dayofweek dayofyear days days_in_month daysinmonth decode
    default_factory delete deleter denominator desc desc_nulls_first desc_nulls_last descr describe detail device
    diagonal diff difference difference_update dirichlet discard distinct div divide divide_int divmod doc dot drop
    dropDuplicates dropDuplicatesWithinWatermark dropFields drop_duplicates droplevel dropna dst dt dtype dtypes
    duplicated elements empty emptyDataFrame encode end end_time endpos endswith eq eqNullSafe equal_levels equals
    errno ewm exceptAll exclusions execute exists exp expand expanding expandtabs explain explode exponential extend
    extendleft extract extractall f factorize ffill fieldNames fields filename filename2 fill fillna find findall
    finditer first first_valid_index flags flat flatten floor floordiv fma fold freq freqItems freqstr fromDDL
    from_arrays from_arrow from_breaks from_bytes from_codes from_dict from_fields from_float from_frame
    from_iterable from_ordinals from_product from_range from_records from_samples from_tuples fromhex
    fromisocalendar fromisoformat fromkeys fromordinal fromtimestamp fromutc fullmatch func gamma ge geometric get
    getActiveSession getField getItem getOrCreate get_dummies get_group get_indexer get_indexer_for
    get_indexer_non_unique get_level_values get_loc get_loc_level get_locs get_slice_bound get_state getfield getter
    group groupBy groupby groupdict groupindex groupingSets groups gt gumbel has_duplicates hasnans hasobject head
    hex hint history hour hypergeometric iat identical identity idxmax idxmin ilike iloc imag index indexer_at_time
    indexer_between_time indices infer_objects inferred_freq inferred_type info insert integers interpolate
    intersect intersectAll intersection intersection_update inv_cdf isEmpty isLocal isNaN isNotNull isNull
    isStreaming is_ is_canonical is_empty is_finite is_full is_infinite is_integer is_leap_year
    is_monotonic_decreasing is_monotonic_increasing is_month_end is_month_start is_nan is_non_overlapping_monotonic
    is_normal is_normalized is_on_offset is_overlapping is_qnan is_quarter_end is_quarter_start is_signed is_snan
    is_subnormal is_unique is_year_end is_year_start is_zero isalignedstruct isalnum isalpha isascii isbuiltin
    isdecimal isdigit isdisjoint isetitem isidentifier isin islower isna isnative isnull isnumeric isocalendar
    isoformat isoweekday isprintable isspace issubset issuperset istitle isupper item items itemsize iterrows
    itertuples join jsonString jsonValue keyType keys keywords kind kurt kurtosis kwds laplace last last_valid_index
    lastgroup lastindex lateralJoin le left len length level levels levshape like limit lineno list ljust ln loc
    localCheckpoint log10 logb logical_and logical_invert logical_or logical_xor logistic lognormal logseries lower
    lstrip lt mT maketrans map maps mask match max max_mag maxlen mean median melt memory_usage merge metadata
    metadataColumn microsecond microseconds mid min min_mag minus minute mod mode month month_name most_common
    move_to_end msg mul multinomial multiply multivariate_hypergeometric multivariate_normal n na name names nanos
    nanosecond nanoseconds nargs nbytes ndim ne nearest nearestByJoin negative_binomial new_child newbyteorder
    next_minus next_plus next_toward ngroup ngroups nin nlargest nlevels noncentral_chisquare noncentral_f nonzero
    normal normalize notna notnull nout now nsmallest nth ntypes num number_class numerator nunique obj observe
    offset ohlc online open_left open_right orderBy ordered ordinal otherwise outer over overlap overlaps overwrite
    overwritePartitions pad parents pareto partition partitionBy partitionedBy pattern pct_change pdf permutation
    permuted persist pipe pivot plus poisson pop popitem popleft pos pow power prec printSchema prod product put
    putmask quantile quantiles quantize quarter qyear radd radix rand randint randn random randomSplit
    random_integers random_sample range rangeBetween rank ravel rayleigh rdiv rdivmod re read real reduce reduceat
    regs reindex reindex_like remainder remainder_near remove remove_categories remove_unused_categories
    remove_unused_levels removeprefix removesuffix rename rename_axis rename_categories reorder_categories
    reorder_levels repartition repartitionById repartitionByRange repeat replace resample reset_index reshape resize
    resolution resolution_string reverse rfind rfloordiv right rindex rjust rlike rmod rmul rollback rollforward
    rolling rollup rotate round rounding rowsBetween rpartition rpow rsplit rstrip rsub rtruediv rule_code
    sameSemantics same_quantum sample sampleBy samples scalar scaleb scanner schema search searchsorted second
    seconds seed select select_dtypes sem semanticHash send set set_axis set_categories set_closed set_codes
    set_flags set_index set_levels set_names set_ordered setdefault setter shape shift show shuffle signature
    simpleString size skew slice slice_indexer slice_locs slice_replace snap sort sortBy sortWithinPartitions
    sort_index sort_values sortlevel span split splitlines sqrt squeeze stack standard_cauchy standard_exponential
    standard_gamma standard_normal standard_t start start_time startswith stat std stdev step str strerror strftime
    strides string strip strptime struct sub subdtype subn substr subtract sum summary swapaxes swapcase swaplevel
    symmetric_difference symmetric_difference_update tail take throw time timestamp timetuple timetz title to
    toArrow toDF toLocalIterator toPandas to_bytes to_datetime64 to_dict to_eng_string to_flat_index to_frame
    to_integral to_integral_exact to_integral_value to_julian_date to_list to_numpy to_period to_pydatetime
    to_pytimedelta to_records to_sci_string to_series to_timedelta64 to_timestamp to_tuples tobytes today tolist
    tomaxint toordinal total total_seconds trace translate transpose triangular truediv truncate try_cast type types
    tz tz_convert tz_localize tzinfo tzname unboundedFollowing unboundedPreceding uniform union unionAll unionByName
    unique unit unpersist unpivot unstack update upper using utc utcfromtimestamp utcnow utcoffset utctimetuple
    value value_counts values var variance version view vonmises wald week weekday weekofyear weibull when
    whenMatchedDelete whenMatchedUpdate whenMatchedUpdateAll whenNotMatchedBySourceDelete
    whenNotMatchedBySourceUpdate whenNotMatchedInsert whenNotMatchedInsertAll withColumn withColumnRenamed
    withColumns withColumnsRenamed withField withMetadata withSchemaEvolution withWatermark wrap write xs year zfill
    zipWithIndex zipf zscore
    """
)
"""May be read and called on any value."""

FORBIDDEN = _words(
    """
    DataSource ExcelFile ExcelWriter HDFStore addArtifact addArtifacts addFeatureSupport addTag ag_await ag_code
    ag_frame applyInArrow applyInPandas applyInPandasWithState as_strided attrgetter bit_generator boxplot builtins
    cacheTable catalog changes characters_written checkpoint clearProgressHandlers clearTags client co_argcount
    co_cellvars co_code co_consts co_exceptiontable co_filename co_firstlineno co_flags co_freevars
    co_kwonlyargcount co_lines co_linetable co_lnotab co_name co_names co_nlocals co_positions co_posonlyargcount
    co_qualname co_stacksize co_varnames cogroup connect convertToDelta copyFromLocalToFs cr_await cr_code cr_frame
    cr_origin createGlobalTempView createOrReplaceGlobalTempView csv ctypes ctypeslib dataSource dropFeatureSupport
    dump dumps enableHiveSupport environ eval exec executeCompaction executeZOrderBy executionInfo execv f2py f_back
    f_builtins f_code f_globals f_lasti f_lineno f_locals f_trace f_trace_lines f_trace_opcodes fdel fget forPath
    foreach foreachPartition fork format_map fromfile fromregex fset func_closure func_code func_globals generate
    genfromtxt getTags get_ipython getenv gi_code gi_frame gi_running gi_suspended gi_yieldfrom hist im_class
    im_func im_self importlib inputFiles interruptAll interruptOperation interruptTag isDeltaTable itemgetter jdbc
    json jvm load loadtxt location mapInArrow mapInPandas mapPartitions master memmap memo mergeInto meta_path
    methodcaller modules mro newSession optimize orc pandas_api parquet plot popen print_file_and_line profile
    raw_decode rdd readStream read_clipboard read_csv read_excel read_feather read_fwf read_hdf read_html
    read_iceberg read_json read_orc read_parquet read_pickle read_sas read_spss read_sql read_sql_query
    read_sql_table read_stata read_table read_xml register registerProgressHandler registerTempTable remote
    removeProgressHandler removeTag request resolve_dtypes restoreToTimestamp restoreToVersion run_cell_magic
    run_line_magic save savetxt savez savez_compressed scan_once set_state setfield setflags shares_memory socket
    sparkContext sparkSession sparse spawn spawnl spawnv storageLevel streams style subprocess system tableName
    tableProperty tb_frame tb_lasti tb_lineno tb_next text toJSON to_clipboard to_device to_excel to_feather to_hdf
    to_iceberg to_latex to_orc to_parquet to_pickle to_sql to_stata to_xarray to_xml tofile toflex
    transformWithState transformWithStateInPandas tvf udf udtf upgradeTableProtocol urlopen urlretrieve vacuum
    with_traceback writeStream xml
    """
)
"""Files, network, processes, evaluation, pickles, frames, the JVM, code on executors, memory by address."""

CHECKED = _words(
    """
    agg aggregate apply config createOrReplaceTempView createTempView expr filter forName format insertInto
    option options pivot_table query saveAsTable selectExpr sql table to_csv to_html to_json to_markdown to_string
    transform where writeTo
    """
)
"""May only be called at once where they stand: their arguments decide."""

UNDERSCORED = _words("__init__ __name__ __post_init__ _asdict _fields _make _replace")
"""The names beginning with an underscore that may be read from a value."""

DEFINABLE = _words(
    """
    __add__ __and__ __bool__ __call__ __contains__ __enter__ __eq__ __exit__ __floordiv__ __ge__ __getitem__ __gt__
    __hash__ __init__ __iter__ __le__ __len__ __lt__ __mod__ __mul__ __ne__ __neg__ __next__ __or__ __post_init__
    __pow__ __radd__ __repr__ __rmul__ __rsub__ __rtruediv__ __setitem__ __slots__ __str__ __sub__ __truediv__
    """
)
"""The special names that a class of the snippet may define."""

AGGREGATES = _words(
    """
    all any approx_count_distinct avg bfill collect_list collect_set count cumcount cummax cummin cumprod cumsum
    describe diff dense_rank ffill first idxmax idxmin kurt kurtosis last list max mean median min mode ngroup
    nunique pct_change prod quantile rank sem set shift size skew skewness std stddev sum unique value_counts var
    variance abs sqrt log exp round upper lower len str int float first_value last_value stddev_pop stddev_samp
    var_pop var_samp
    """
)
"""What may be named by a string where a library looks the function up by its name."""

COLUMN_METHODS = _words(
    """
    alias and_ any all astype asc bitwiseAND bitwiseOR bitwiseXOR between cast contains desc duplicated endswith eq
    eqNullSafe fullmatch ge getField getItem gt ilike isNaN isNotNull isNull is_unique isin isna isnull le like lt
    match ne notna notnull otherwise over rlike startswith when abs sum
    """
)
"""Methods whose result is a column or a mask, never text."""

OPTIONS = _words(
    """
    clusterByAuto dataChange header mergeSchema optimizeWrite overwriteSchema partitionOverwriteMode
    readChangeFeed replaceWhere startingVersion endingVersion timestampAsOf txnAppId txnVersion userMetadata versionAsOf
    maxRecordsPerFile
    """
)
"""Reader and writer options that name no path, driver or address."""

SESSION_SETTINGS = _words(
    """
    spark.sql.adaptive.coalescePartitions.enabled spark.sql.adaptive.enabled spark.sql.adaptive.skewJoin.enabled
    spark.sql.ansi.enabled spark.sql.autoBroadcastJoinThreshold spark.sql.execution.arrow.pyspark.enabled
    spark.sql.session.timeZone spark.sql.shuffle.partitions spark.sql.sources.partitionOverwriteMode
    spark.databricks.delta.schema.autoMerge.enabled
    """
)
"""Session settings that a snippet may set or read."""

TEXT_KEYWORDS = _words(
    """
    index header sep columns na_rep float_format date_format decimal orient lines indent double_precision
    default_handler date_unit force_ascii max_rows max_cols justify line_width col_space show_dimensions index_names
    sparsify formatters bold_rows classes escape border tablefmt numalign floatfmt quoting quotechar lineterminator
    index_label na_values intfmt stralign headers
    """
)
"""Arguments of to_csv() and its like that lead to no file."""

MASKS = _words(
    """
    isin isna isnan isnull notna notnull isfinite isclose logical_and logical_not logical_or
    """
)
"""Functions of pandas and numpy whose result is a mask."""

DELTA_METHODS = _words(
    """
    whenMatchedUpdate whenMatchedUpdateAll whenMatchedDelete whenNotMatchedInsert whenNotMatchedInsertAll
    whenNotMatchedBySourceUpdate whenNotMatchedBySourceDelete
    """
)
"""The clauses of a MERGE."""

ROW_METHODS = _words(
    """
    asDict collect first get groupdict head item iterrows itertuples last loads pop popitem setdefault tail take
    toLocalIterator to_dict tolist to_list values
    """
)
"""Methods that may give a row or a value, whose members may be text."""
