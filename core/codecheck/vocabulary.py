"""The closed lists of what a checked statement may be made of beside functions: tree nodes, by class.

What is not listed is denied with its name, so a construct that the parser learns later stays out until somebody has
looked at it.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


STRUCTURE_NODES = words(
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

WRITE_NODES = words(
    """
    Alter AlterColumn Analyze Attach Cache Clone Command Comment Commit Copy Create Declare Delete Describe Detach Drop
    Execute Export Grant Insert Into Kill LoadData Lock Merge MultitableInserts Pragma Put Refresh Revoke Rollback Set
    Show Transaction TruncateTable Uncache Update Use
    """
)
"""Named in the reason as what they are: they change something, or their text is opaque to the parser."""

FILE_FORMATS = words("avro binaryfile csv delta excel iceberg json jsonl kafka orc parquet text txt xml hudi jdbc")
"""A table in a schema of this name and without a catalog is a path: csv.`s3://…`."""
