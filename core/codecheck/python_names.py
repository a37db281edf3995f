"""The closed lists of names: built-ins, modules and their members; whatever is not listed is denied with its name."""

from __future__ import annotations

import builtins


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS = _words(
    """
    abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float
    format frozenset hash hex id int isinstance issubclass iter len list map max min next object oct ord pow print
    property range repr reversed round set slice sorted staticmethod str sum super tuple zip Ellipsis NotImplemented
    ArithmeticError AssertionError AttributeError Exception FloatingPointError IndexError KeyError LookupError
    NotImplementedError OverflowError RuntimeError RuntimeWarning StopIteration TypeError UnicodeDecodeError
    UnicodeError UserWarning ValueError Warning ZeroDivisionError UnicodeEncodeError RecursionError
    OSError FileNotFoundError PermissionError TimeoutError ImportError NameError MemoryError EOFError NotADirectoryError
    DeprecationWarning FutureWarning BaseException ConnectionError
    """
)
DIRECT_BUILTINS = _words("type getattr hasattr")
"""Called at once where they stand, never handed on: `type` of one value, the others with a literal name."""

NOTEBOOK_FUNCTIONS = _words("display")
"""Predeclared functions beside `spark` and the data frames."""

UNKNOWN_BUILTINS = frozenset(dir(builtins)) - BUILTINS - DIRECT_BUILTINS - {"_"}
FOREIGN_NAMES = _words(
    """
    dbutils sc sqlContext sqlCtx get_ipython In Out ipython requests boto3 cloudpickle joblib dill httpx aiohttp
    paramiko psycopg2 sqlalchemy py4j jvm os sys subprocess shutil socket pathlib importlib builtins pickle marshal
    ctypes io tempfile glob threading multiprocessing asyncio signal http urllib ftplib smtplib ssl inspect gc code
    codeop runpy operator posix nt pty pdb shelve webbrowser zipimport pkgutil sysconfig mmap fcntl
    """
)
"""Free names that are no data frame: handles of the notebook, and modules that nobody imported."""

SESSION_MEMBERS = _words("sql table read createDataFrame range conf version")
"""What may be read from `spark`."""

_SPARK_FUNCTIONS = _words(
    """
    abs acos acosh add_months aes_decrypt aes_encrypt aggregate any_value approxCountDistinct approx_count_distinct
    approx_percentile array array_agg array_append array_compact array_contains array_distinct array_except
    array_insert array_intersect array_join array_max array_min array_position array_prepend array_remove
    array_repeat array_size array_sort array_union arrays_overlap arrays_zip asc asc_nulls_first asc_nulls_last
    ascii asin asinh assert_true atan atan2 atanh avg base64 bin bit_and bit_count bit_get bit_length bit_or bit_xor
    bitmap_and_agg bitmap_bit_position bitmap_bucket_number bitmap_construct_agg bitmap_count bitmap_or_agg
    bitwiseNOT bitwise_not bool_and bool_or broadcast bround btrim bucket cardinality cbrt ceil ceiling char
    char_length character_length chr coalesce col collate collation collect_list collect_set concat concat_ws
    contains conv convert_timezone corr cos cosh cot count countDistinct count_distinct count_if count_min_sketch
    covar_pop covar_samp crc32 create_map csc cume_dist curdate current_catalog current_database current_date
    current_path current_schema current_time current_timestamp current_timezone date_add date_diff date_format
    date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayname dayofmonth dayofweek
    dayofyear days decode degrees dense_rank desc desc_nulls_first desc_nulls_last e element_at elt encode endswith
    equal_null every exists exp explode explode_outer expm1 expr extract factorial filter find_in_set first
    first_value flatten floor forall format_number format_string from_csv from_json from_unixtime from_utc_timestamp
    from_xml get get_json_object getbit greatest grouping grouping_id hash hex histogram_numeric hll_sketch_agg
    hll_sketch_estimate hll_union hll_union_agg hour hours hypot ifnull ilike initcap inline inline_outer instr
    is_valid_utf8 is_valid_variant is_variant_null isnan isnotnull isnull json_array_length json_object_keys
    json_tuple kll_merge_agg_bigint kll_merge_agg_double kll_merge_agg_float kll_sketch_agg_bigint
    kll_sketch_agg_double kll_sketch_agg_float kll_sketch_get_n_bigint kll_sketch_get_n_double
    kll_sketch_get_n_float kll_sketch_get_quantile_bigint kll_sketch_get_quantile_double
    kll_sketch_get_quantile_float kll_sketch_get_rank_bigint kll_sketch_get_rank_double kll_sketch_get_rank_float
    kll_sketch_merge_bigint kll_sketch_merge_double kll_sketch_merge_float kll_sketch_to_string_bigint
    kll_sketch_to_string_double kll_sketch_to_string_float kurtosis lag last last_day last_value lcase lead least
    left length levenshtein like listagg listagg_distinct lit ln localtimestamp locate log log10 log1p log2 lower
    lpad ltrim make_date make_dt_interval make_interval make_time make_timestamp make_timestamp_ltz
    make_timestamp_ntz make_valid_utf8 make_ym_interval map_concat map_contains_key map_entries map_filter
    map_from_arrays map_from_entries map_keys map_values map_zip_with mask max max_by md5 mean median min min_by
    minute mode monotonically_increasing_id month monthname months months_between named_struct nanvl negative
    next_day now nth_value ntile nullif nullifzero nvl nvl2 octet_length overlay parse_json parse_url percent_rank
    percentile percentile_approx pi pmod posexplode posexplode_outer position positive pow printf product quarter
    quote radians rand randn randstr rank reduce regexp regexp_count regexp_extract regexp_extract_all regexp_instr
    regexp_like regexp_replace regexp_substr regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    regr_sxx regr_sxy regr_syy repeat replace reverse right rint rlike round row_number rpad rtrim schema_of_csv
    schema_of_json schema_of_variant schema_of_variant_agg schema_of_xml sec second sentences sequence
    session_window sha sha1 sha2 shiftLeft shiftRight shiftRightUnsigned shiftleft shiftright shiftrightunsigned
    shuffle sign signum sin sinh size skewness slice some sort_array soundex spark_partition_id split split_part
    sqrt st_asbinary st_geogfromwkb st_geomfromwkb st_setsrid st_srid stack startswith std stddev stddev_pop
    stddev_samp str_to_map string_agg string_agg_distinct struct substr substring substring_index sum sumDistinct
    sum_distinct tan tanh theta_difference theta_intersection theta_intersection_agg theta_sketch_agg
    theta_sketch_estimate theta_union theta_union_agg time_bucket time_diff time_from_micros time_from_millis
    time_from_seconds time_to_micros time_to_millis time_to_seconds time_trunc timestamp_add timestamp_diff
    timestamp_micros timestamp_millis timestamp_seconds toDegrees toRadians to_binary to_char to_csv to_date to_json
    to_number to_time to_timestamp to_timestamp_ltz to_timestamp_ntz to_unix_timestamp to_utc_timestamp to_varchar
    to_variant_object to_xml transform transform_keys transform_values translate trim trunc try_add try_aes_decrypt
    try_avg try_divide try_element_at try_make_interval try_make_timestamp try_make_timestamp_ltz
    try_make_timestamp_ntz try_mod try_multiply try_parse_json try_parse_url try_subtract try_sum try_to_binary
    try_to_date try_to_number try_to_time try_to_timestamp try_url_decode try_validate_utf8 try_variant_get
    tuple_difference_double tuple_difference_integer tuple_difference_theta_double tuple_difference_theta_integer
    tuple_intersection_agg_double tuple_intersection_agg_integer tuple_intersection_double
    tuple_intersection_integer tuple_intersection_theta_double tuple_intersection_theta_integer
    tuple_sketch_agg_double tuple_sketch_agg_integer tuple_sketch_estimate_double tuple_sketch_estimate_integer
    tuple_sketch_summary_double tuple_sketch_summary_integer tuple_sketch_theta_double tuple_sketch_theta_integer
    tuple_union_agg_double tuple_union_agg_integer tuple_union_double tuple_union_integer tuple_union_theta_double
    tuple_union_theta_integer typeof ucase unbase64 unhex uniform unix_date unix_micros unix_millis unix_seconds
    unix_timestamp upper url_decode url_encode uuid validate_utf8 var_pop var_samp variance variant_get weekday
    weekofyear when width_bucket window window_time xpath xpath_boolean xpath_double xpath_float xpath_int
    xpath_long xpath_number xpath_short xpath_string xxhash64 year years zeroifnull zip_with
    """
)

_SPARK_TYPES = _words(
    """
    AnsiIntervalType AnyTimeType ArrayType AtomicType BinaryType BooleanType ByteType CalendarIntervalType CharType
    DataType DateType DatetimeType DayTimeIntervalType DecimalType DoubleType FloatType FractionalType Geography
    GeographyType Geometry GeometryType IntegerType IntegralType LongType MapType NullType NumericType Row ShortType
    SpatialType StringType StructField StructType TimeType TimestampNTZType TimestampType VarcharType VariantType
    VariantVal YearMonthIntervalType
    """
)

_PANDAS = _words(
    """
    ArrowDtype BooleanDtype Categorical CategoricalDtype CategoricalIndex DataFrame DateOffset DatetimeIndex
    DatetimeTZDtype Float32Dtype Float64Dtype Grouper Index IndexSlice Int16Dtype Int32Dtype Int64Dtype Int8Dtype
    Interval IntervalDtype IntervalIndex MultiIndex NA NaT NamedAgg Period PeriodDtype PeriodIndex RangeIndex Series
    SparseDtype StringDtype Timedelta TimedeltaIndex Timestamp UInt16Dtype UInt32Dtype UInt64Dtype UInt8Dtype array
    bdate_range concat crosstab cut date_range factorize from_dummies get_dummies infer_freq interval_range isna
    isnull json_normalize lreshape melt merge merge_asof merge_ordered notna notnull period_range pivot pivot_table
    qcut timedelta_range to_datetime to_numeric to_timedelta unique wide_to_long
    """
)

_NUMPY = _words(
    """
    False_ ScalarType True_ abs absolute acos acosh add all allclose amax amin angle any append apply_along_axis
    apply_over_axes arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort
    argwhere around array array2string array_equal array_equiv array_repr array_split array_str asanyarray asarray
    asarray_chkfinite ascontiguousarray asfortranarray asin asinh astype atan atan2 atanh atleast_1d atleast_2d
    atleast_3d average bartlett base_repr binary_repr bincount bitwise_and bitwise_count bitwise_invert
    bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor blackman block bool bool_ broadcast
    broadcast_arrays broadcast_shapes broadcast_to busday_count busday_offset busdaycalendar byte bytes_ c_ can_cast
    cbrt cdouble ceil choose clip clongdouble column_stack common_type complex128 complex256 complex64
    complexfloating compress concat concatenate conj conjugate convolve copy copysign copyto corrcoef correlate cos
    cosh count_nonzero cov cross csingle cumprod cumsum cumulative_prod cumulative_sum datetime64 datetime_as_string
    datetime_data deg2rad degrees delete diag diag_indices diag_indices_from diagflat diagonal diff digitize divide
    divmod dot double dsplit dstack dtype e ediff1d einsum einsum_path empty empty_like equal errstate euler_gamma
    exp exp2 expand_dims expm1 extract eye fabs fft fill_diagonal finfo fix flatnonzero flexible flip fliplr flipud
    float128 float16 float32 float64 float_power floating floor floor_divide fmax fmin fmod format_float_positional
    format_float_scientific frexp fromfunction fromiter frompyfunc full full_like gcd generic geomspace
    get_printoptions geterr gradient greater greater_equal half hamming hanning heaviside histogram histogram2d
    histogram_bin_edges histogramdd hsplit hstack hypot i0 identity iinfo imag index_exp indices inexact inf inner
    insert int16 int32 int64 int8 int_ intc integer interp intersect1d intp invert is_busday isclose iscomplex
    iscomplexobj isdtype isfinite isfortran isin isinf isnan isnat isneginf isposinf isreal isrealobj isscalar
    issubdtype iterable ix_ kaiser kron lcm ldexp left_shift less less_equal lexsort linspace little_endian log
    log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logspace long longdouble
    longlong mask_indices matmul matrix_transpose matvec max maximum mean median meshgrid mgrid min min_scalar_type
    minimum mintypecode mod modf moveaxis multiply nan nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax
    nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ndarray ndenumerate ndim ndindex
    negative newaxis nextafter nonzero not_equal number object_ ogrid ones ones_like outer packbits pad partition
    percentile permute_dims pi piecewise place poly poly1d polyadd polyder polydiv polyfit polyint polymul polysub
    polyval positive pow power printoptions prod promote_types ptp put put_along_axis putmask quantile r_ rad2deg
    radians ravel ravel_multi_index real real_if_close reciprocal remainder repeat reshape resize result_type
    right_shift rint roll rollaxis roots rot90 round row_stack s_ searchsorted select set_printoptions setdiff1d
    seterr setxor1d shape short sign signbit signedinteger sin sinc single sinh size sort sort_complex spacing split
    sqrt square squeeze stack std str_ subtract sum swapaxes take take_along_axis tan tanh tensordot tile
    timedelta64 trace transpose trapezoid tri tril tril_indices tril_indices_from trim_zeros triu triu_indices
    triu_indices_from true_divide trunc typename ubyte ufunc uint uint16 uint32 uint64 uint8 uintc uintp ulong
    ulonglong union1d unique unique_all unique_counts unique_inverse unique_values unpackbits unravel_index
    unsignedinteger unstack unwrap ushort vander var vdot vecdot vecmat vectorize vsplit vstack where zeros
    zeros_like
    """
)

_RANDOM = _words(
    """
    Generator MT19937 PCG64 PCG64DXSM Philox RandomState SFC64 SeedSequence beta binomial chisquare choice
    default_rng dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic lognormal logseries
    multinomial multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal pareto permutation
    poisson power rand randint randn random random_integers random_sample ranf rayleigh sample seed shuffle
    standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular uniform vonmises wald
    weibull zipf
    """
)

_LINALG = _words(
    """
    LinAlgError cholesky cond cross det diagonal eig eigh eigvals eigvalsh inv lstsq matmul matrix_norm matrix_power
    matrix_rank matrix_transpose multi_dot norm outer pinv qr slogdet solve svd svdvals tensordot tensorinv
    tensorsolve trace vecdot vector_norm
    """
)

_PANDAS_TYPES = _words(
    """
    CategoricalDtype DatetimeTZDtype IntervalDtype PeriodDtype infer_dtype is_any_real_numeric_dtype is_array_like
    is_bool is_bool_dtype is_categorical_dtype is_complex is_complex_dtype is_datetime64_any_dtype
    is_datetime64_dtype is_datetime64_ns_dtype is_datetime64tz_dtype is_dict_like is_dtype_equal
    is_extension_array_dtype is_file_like is_float is_float_dtype is_hashable is_int64_dtype is_integer
    is_integer_dtype is_interval_dtype is_iterator is_list_like is_named_tuple is_number is_numeric_dtype
    is_object_dtype is_period_dtype is_re is_re_compilable is_scalar is_signed_integer_dtype is_sparse
    is_string_dtype is_timedelta64_dtype is_timedelta64_ns_dtype is_unsigned_integer_dtype pandas_dtype
    union_categoricals
    """
)

_OFFSETS = _words(
    """
    BDay BHalfYearBegin BHalfYearEnd BMonthBegin BMonthEnd BQuarterBegin BQuarterEnd BYearBegin BYearEnd BaseOffset
    BusinessDay BusinessHour BusinessMonthBegin BusinessMonthEnd CBMonthBegin CBMonthEnd CDay CustomBusinessDay
    CustomBusinessHour CustomBusinessMonthBegin CustomBusinessMonthEnd DateOffset Day Easter FY5253 FY5253Quarter
    HalfYearBegin HalfYearEnd Hour LastWeekOfMonth Micro Milli Minute MonthBegin MonthEnd Nano QuarterBegin
    QuarterEnd Second SemiMonthBegin SemiMonthEnd Tick Week WeekOfMonth YearBegin YearEnd
    """
)

_MATH = _words(
    """
    acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2 expm1
    fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp lgamma log
    log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt tan tanh tau trunc ulp
    """
)

_STATISTICS = _words(
    """
    NormalDist StatisticsError correlation covariance fmean geometric_mean harmonic_mean linear_regression mean
    median median_grouped median_high median_low mode multimode pstdev pvariance quantiles stdev variance
    """
)

_ITERTOOLS = _words(
    """
    accumulate chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby
    islice pairwise permutations product repeat starmap takewhile tee zip_longest
    """
)

_SESSION = _words("Column DataFrame DataFrameReader DataFrameWriter GroupedData Row SparkSession Window WindowSpec")
_TYPING = _words(
    """
    Annotated Any Callable ClassVar Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Iterable Iterator
    List Literal Mapping MutableMapping NamedTuple Never NoReturn Optional OrderedDict Protocol Self Sequence Set
    Tuple Type TypeAlias TypedDict TypeVar Union cast TYPE_CHECKING
    """
)
MODULES: dict[str, frozenset[str]] = {
    "__future__": _words("annotations"),
    "collections": _words("ChainMap Counter OrderedDict defaultdict deque namedtuple"),
    "collections.abc": _words(
        "Callable Collection Generator Hashable Iterable Iterator Mapping MutableMapping MutableSequence Sequence Set"
    ),
    "dataclasses": _words("asdict astuple dataclass field fields is_dataclass replace"),
    "datetime": _words("MAXYEAR MINYEAR UTC date datetime time timedelta timezone"),
    "decimal": _words(
        """
        BasicContext Context Decimal DefaultContext DivisionByZero ExtendedContext Inexact InvalidOperation Overflow
        ROUND_05UP ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP
        getcontext localcontext setcontext DecimalException Rounded Underflow
        """
    ),
    "delta": _words("DeltaTable"),
    "delta.tables": _words("DeltaTable"),
    "functools": _words("cache cached_property cmp_to_key lru_cache partial reduce total_ordering wraps"),
    "itertools": _ITERTOOLS,
    "json": _words("JSONDecodeError dumps loads"),
    "math": _MATH,
    "numpy": _NUMPY,
    "numpy.lib": frozenset(),
    "numpy.lib.stride_tricks": _words("sliding_window_view"),
    "numpy.linalg": _LINALG,
    "numpy.random": _RANDOM,
    "numpy.typing": _words("ArrayLike DTypeLike NDArray"),
    "pandas": _PANDAS,
    "pandas.api": frozenset(),
    "pandas.api.types": _PANDAS_TYPES,
    "pandas.errors": _words("EmptyDataError MergeError ParserError PerformanceWarning SettingWithCopyWarning"),
    "pandas.offsets": _OFFSETS,
    "pandas.tseries": frozenset(),
    "pandas.tseries.offsets": _OFFSETS,
    "pyspark": frozenset(),
    "pyspark.sql": _SESSION,
    "pyspark.sql.column": _words("Column"),
    "pyspark.sql.dataframe": _words("DataFrame"),
    "pyspark.sql.functions": _SPARK_FUNCTIONS,
    "pyspark.sql.session": _words("SparkSession"),
    "pyspark.sql.types": _SPARK_TYPES,
    "pyspark.sql.utils": _words("AnalysisException"),
    "pyspark.sql.window": _words("Window WindowSpec"),
    "re": _words(
        """
        A ASCII DOTALL I IGNORECASE M MULTILINE Match NOFLAG Pattern RegexFlag S U UNICODE VERBOSE X compile error
        escape findall finditer fullmatch match purge search split sub subn
        """
    ),
    "statistics": _STATISTICS,
    "typing": _TYPING,
}
"""Module -> members that may be read; a member that is itself a key here is walked into."""

STAR_MODULES = _words("pyspark.sql.functions pyspark.sql.types")
"""Modules whose listed members may be imported with a star."""

PREDECLARED_MODULES = {
    "pd": "pandas",
    "np": "numpy",
    "F": "pyspark.sql.functions",
    "T": "pyspark.sql.types",
}
"""Names that a notebook usually has; read as these modules when nothing binds them."""

DISPLAY_MEMBERS = _words("get_option option_context reset_option set_option")
"""Members of pandas that may be called with a literal that begins with `display.`."""

SPARK_ROOTS = _words("pyspark delta")
