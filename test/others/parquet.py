"""Prints how DuckDB and pandas read a Parquet file, as JSON: the types of its columns, and its rows in their order."""

import json
import sys
from datetime import datetime, timezone

import duckdb
import pandas


def with_duckdb(file):
    table = duckdb.read_parquet(file)
    rows = [dict(zip(table.columns, row)) for row in table.order("partition, \"offset\"").fetchall()]
    return {"types": dict(zip(table.columns, map(str, table.types))), "rows": rows}


def with_pandas(file):
    frame = pandas.read_parquet(file, dtype_backend="numpy_nullable").sort_values(["partition", "offset"])
    rows = [{name: plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    return {"types": frame.dtypes.astype(str).to_dict(), "rows": rows}


def plain(value):
    """What pandas has of its own, as Python has it: lists, pairs of a map, missing values, times."""
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, pandas.Timestamp):
        return value.to_pydatetime()
    return None if value is pandas.NA or value is pandas.NaT else value


def as_text(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"{type(value)} is not expected here: {value}")


print(json.dumps({"duckdb": with_duckdb(sys.argv[1]), "pandas": with_pandas(sys.argv[1])}, default=as_text))
