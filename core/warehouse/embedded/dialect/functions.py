"""The functions that are known to give Databricks' values, as they are or after a rule; every other is refused by name."""

from __future__ import annotations

from sqlglot import exp

from core.errors import StatementRefused

AS_THEY_ARE = frozenset(
    ["Abs", "Acos", "AddMonths", "And", "AnyValue", "ApproxDistinct", "ApproxQuantile", "ArgMax", "ArgMin", "Array", "ArrayAgg", "ArrayAppend", "ArrayCompact", "ArrayConcat", "ArrayContains", "ArrayDistinct", "ArrayExcept", "ArrayFilter", "ArrayIntersect", "ArrayMax", "ArrayMin", "ArrayPosition", "ArrayRemove", "ArraySize", "ArraySlice", "ArraySort", "ArrayToString", "ArrayUniqueAgg", "Ascii", "Asin", "Atan", "Atan2", "Avg", "BitwiseAndAgg", "BitwiseOrAgg", "BitwiseXorAgg", "Case", "Cast", "Cbrt", "Ceil", "Chr", "Coalesce", "Concat", "ConcatWs", "Contains", "Corr", "Cos", "Count", "CountIf", "CovarPop", "CovarSamp", "CumeDist", "CurrentDate", "CurrentTimestamp", "Date", "DateAdd", "DateDiff", "DateFromParts", "DateFromUnixDate", "DateSub", "DateTrunc", "Day", "DayOfMonth", "DayOfWeek", "DayOfYear", "Dayname", "DecodeCase", "Degrees", "DenseRank", "EndsWith", "EqualNull", "Exists", "Exp", "Explode", "Extract", "First", "FirstValue", "Flatten", "Floor", "Format", "GenerateSeries", "Greatest", "GroupConcat", "Grouping", "GroupingId", "Hour", "If", "Initcap", "IsNan", "JSONExtract", "JSONExtractScalar", "JSONFormat", "Kurtosis", "Lag", "Last", "LastDay", "LastValue", "Lead", "Least", "Left", "Length", "Levenshtein", "Ln", "Log", "LogicalAnd", "LogicalOr", "Lower", "MD5", "Map", "MapContainsKey", "MapFromEntries", "MapKeys", "Max", "Median", "Min", "Minute", "Mod", "Mode", "Month", "MonthsBetween", "NextDay", "NthValue", "Ntile", "Nullif", "Nvl2", "Or", "Pad", "ParseJSON", "PercentRank", "PercentileCont", "PercentileDisc", "Pi", "Posexplode", "Pow", "Quantile", "Quarter", "Radians", "Rand", "Rank", "Reduce", "RegexpExtract", "RegexpExtractAll", "RegexpLike", "RegexpILike", "RegexpReplace", "RegexpSplit", "Repeat", "Replace", "Reverse", "Right", "Round", "RowNumber", "SHA", "SHA2", "SafeAdd", "SafeDivide", "SafeMultiply", "SafeSubtract", "Second", "Sign", "Sin", "SortArray", "Space", "Split", "SplitPart", "Sqrt", "StartsWith", "Stddev", "StddevPop", "StddevSamp", "StrPosition", "StrToDate", "StrToTime", "StrToUnix", "Struct", "Substring", "Sum", "Tan", "TimeToStr", "TimestampAdd", "TimestampDiff", "TimestampFromParts", "TimestampSub", "TimestampTrunc", "ToBase64", "FromBase64", "Transform", "Translate", "Trim", "TryCast", "TsOrDsAdd", "TsOrDsDiff", "TsOrDsToDate", "TsOrDsToTimestamp", "UnixDate", "UnixMicros", "UnixMillis", "UnixSeconds", "UnixToStr", "Upper", "Uuid", "VarMap", "Variance", "VariancePop", "Week", "WeekOfYear", "Xor", "Year"]
)
"""sqlglot's classes of the allowed functions (rules correct those that differ)."""

BY_NAME = frozenset(
    ["weekday", "date_part", "pmod", "some", "every", "bool_or", "bround", "map_contains_key", "cardinality", "map_values", "array_union", "arrays_overlap", "forall", "make_date", "octet_length", "bit_length", "isnull", "isnotnull", "printf", "btrim", "timestamp_seconds", "timestamp_millis", "timestamp_micros", "factorial", "json_array_length", "get", "log1p", "expm1", "var_samp", "regr_count", "sinh", "cosh", "tanh", "rint"]
)
"""Allowed functions that sqlglot leaves as a name."""


def refuse_unknown(tree: exp.Expression) -> None:
    """Raises StatementRefused for the first function that is in neither list."""
    for node in tree.find_all(exp.Func):
        if isinstance(node, exp.Anonymous):
            if str(node.this).lower() not in BY_NAME:
                raise refused(f"The function {str(node.this).lower()}")
        elif not isinstance(node, exp.Binary) and type(node).__name__ not in AS_THEY_ARE:
            raise refused(f"The function {node.sql_name().lower()}")
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise refused(f"The table function {table.this.sql('databricks')}")


def refused(construct: str) -> StatementRefused:
    return StatementRefused(
        f"{construct} is not supported by the embedded warehouse.", error_class="UNSUPPORTED_FEATURE"
    )
