"""Every export is read by pyarrow, pandas, polars, DuckDB and `datasets`, with the same values and types."""

import gzip
import json
import tempfile
import unittest
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.json as arrow_json
import pyarrow.parquet as pq
import zstandard
from datasets import load_dataset

from exported import DATA, arrow_types, difference, features, files, plain_type, rows_of

TYPED = (".parquet", ".arrow")
DUCK_TYPES = {"string": "VARCHAR", "boolean": "BOOLEAN", "int": "BIGINT", "float": "DOUBLE"}
POLARS_TYPES = {"string": pl.String, "boolean": pl.Boolean, "int": pl.Int64, "float": pl.Float64}


def check_table(export, table, types=True):
    """Holds a table of Arrow against what was exported."""
    if types:
        found = [(field.name, plain_type(field.type)) for field in table.schema]
        assert found == arrow_types(export), f"types: found {found}, expected {arrow_types(export)}"
    wrong = difference(table.to_pylist(), rows_of(export))
    assert wrong is None, wrong


def read_pyarrow(file):
    if file.suffix == ".parquet":
        return pq.read_table(file)
    return feather.read_table(file)


def read_pandas(file):
    read = pd.read_parquet if file.suffix == ".parquet" else pd.read_feather
    frame = read(file, dtype_backend="pyarrow")
    return pa.table({name: frame[name].array.__arrow_array__() for name in frame.columns})


def read_polars(file):
    frame = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_ipc(file)
    return frame.to_arrow()


def duck_type(kind):
    if kind["kind"] == "list":
        return duck_type(kind["element"]) + "[]"
    if kind["kind"] == "struct":
        return "STRUCT(" + ", ".join(f'"{f["name"]}" {duck_type(f["type"])}' for f in kind["fields"]) + ")"
    return DUCK_TYPES[kind["kind"]]


def polars_type(kind):
    if kind["kind"] == "list":
        return pl.List(polars_type(kind["element"]))
    if kind["kind"] == "struct":
        return pl.Struct({field["name"]: polars_type(field["type"]) for field in kind["fields"]})
    return POLARS_TYPES[kind["kind"]]


def duck_json(export, file):
    columns = {column["name"]: duck_type(column["type"]) for column in export["columns"]}
    layout = "array" if file.name.endswith(".json") else "newline_delimited"
    return duckdb.read_json(str(file), format=layout, columns=columns, maximum_object_size=10_000_000).to_arrow_table()


def polars_json(export, file):
    schema = {column["name"]: polars_type(column["type"]) for column in export["columns"]}
    return (pl.read_json if file.suffix == ".json" else pl.read_ndjson)(file, schema=schema).to_arrow()


def load(kind, file, cache, **options):
    return load_dataset(kind, data_files=str(file), split="train", cache_dir=cache, **options)


class Typed(unittest.TestCase):
    """Files that tell their types."""

    def every(self, read):
        for ending in TYPED:
            for export, file in files(ending):
                with self.subTest(file.relative_to(DATA)):
                    check_table(export, read(file))

    def test_pyarrow(self):
        self.every(read_pyarrow)

    def test_pandas(self):
        self.every(read_pandas)

    def test_polars(self):
        self.every(read_polars)

    def test_duckdb(self):
        for export, file in files(".parquet"):
            with self.subTest(file.relative_to(DATA)):
                check_table(export, duckdb.read_parquet(str(file)).to_arrow_table())
        for export, file in files(".arrow"):
            with self.subTest(file.relative_to(DATA)):
                check_table(export, duckdb.from_arrow(read_pyarrow(file)).to_arrow_table())

    def test_datasets(self):
        with tempfile.TemporaryDirectory() as cache:
            for kind in ("parquet", "arrow"):
                for export, file in files(f".{kind}"):
                    with self.subTest(file.relative_to(DATA)):
                        found = load(kind, file, cache)
                        self.assertEqual(found.features, features(export))
                        self.assertIsNone(difference(found.to_list(), rows_of(export)))


class Lines(unittest.TestCase):
    """JSON and JSON Lines, with the types declared as a card declares them."""

    def every(self, endings, check):
        for ending in endings:
            for export, file in files(ending):
                if export["free"]:
                    continue
                with self.subTest(file.relative_to(DATA)):
                    check(export, file)

    def test_duckdb(self):
        self.every((".jsonl", ".json", ".jsonl.gz", ".jsonl.zst"), lambda e, f: check_table(e, duck_json(e, f)))

    def test_polars(self):
        self.every((".jsonl", ".json"), lambda e, f: check_table(e, polars_json(e, f)))

    def test_pyarrow(self):
        def check(export, file):
            schema = pa.schema(arrow_types(export))
            options = arrow_json.ParseOptions(explicit_schema=schema)
            check_table(export, arrow_json.read_json(file, parse_options=options))

        self.every((".jsonl",), check)

    def test_pandas(self):
        def check(export, file):
            frame = pd.read_json(file, lines=True, engine="pyarrow", dtype_backend="pyarrow")
            self.assertEqual(list(frame.columns), [column["name"] for column in export["columns"]])
            found = [{k: None if v is pd.NA else v for k, v in row.items()} for row in frame.to_dict("records")]
            self.assertIsNone(difference(plain(found, rows_of(export)), rows_of(export)))

        def plain(found, wanted):
            if isinstance(wanted, list) and found is not None:
                return [plain(a, b) for a, b in zip(list(found), wanted)] if len(found) == len(wanted) else list(found)
            if isinstance(wanted, dict) and isinstance(found, dict):
                return {key: plain(found.get(key), wanted[key]) for key in wanted}
            # Without declared types a column whose floats are all whole reads as whole numbers.
            return float(found) if isinstance(wanted, float) and type(found) is int else found

        self.every((".jsonl",), check)

    def test_datasets(self):
        with tempfile.TemporaryDirectory() as cache:

            def check(export, file):
                found = load("json", file, cache, features=features(export))
                self.assertEqual(found.features, features(export))
                self.assertIsNone(difference(found.to_list(), rows_of(export)))

            self.every((".jsonl", ".json", ".jsonl.gz", ".jsonl.zst"), check)


class Free(unittest.TestCase):
    """Lines that hosted fine-tuning takes, which have no declared types."""

    def test_json(self):
        for export, file in files(".jsonl"):
            if export["free"]:
                with self.subTest(file.relative_to(DATA)):
                    text = file.read_bytes().decode("utf8")
                    found = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
                    self.assertIsNone(difference(found, export["rows"]))

    def test_datasets(self):
        with tempfile.TemporaryDirectory() as cache:
            for export, file in files(".jsonl"):
                if export["free"]:
                    with self.subTest(file.relative_to(DATA)):
                        found = load("json", file, cache).to_list()
                        self.assertIsNone(difference(without_nulls(found), without_nulls(export["rows"])))


def without_nulls(value):
    """A value without keys that are null, which is what readers of one type for all rows add; keys in one order."""
    if isinstance(value, dict):
        return {key: without_nulls(value[key]) for key in sorted(value) if value[key] is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


class Mutated(unittest.TestCase):
    """The checks above fail when a file is not what it should be."""

    def setUp(self):
        self.export, self.file = files(".parquet", "text-pairs", ("trl-reward",))[0]
        self.table = pq.read_table(self.file)

    def refused(self, table):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "mutated.parquet")
            pq.write_table(table, file)
            for read in (read_pyarrow, read_pandas, read_polars):
                with self.assertRaises(AssertionError):
                    check_table(self.export, read(file))

    def mutate(self, name, change, kind=None):
        values = change(self.table[name].to_pylist())
        column = pa.array(values, kind or self.table[name].type)
        return self.table.set_column(self.table.schema.get_field_index(name), name, column)

    def test_unchanged(self):
        check_table(self.export, self.table)

    def test_value(self):
        self.refused(self.mutate("chosen", lambda values: [values[0] + " ", *values[1:]]))

    def test_null(self):
        self.refused(self.mutate("note", lambda values: ["" if value is None else value for value in values]))

    def test_type(self):
        self.refused(self.mutate("margin", lambda values: values, pa.float32()))

    def test_rows_and_columns(self):
        self.refused(self.table.slice(1))
        self.refused(self.table.take(list(range(self.table.num_rows))[::-1]))
        self.refused(self.table.drop_columns(["note"]))

    def test_line(self):
        export, file = files(".jsonl", "message-pairs", ("trl-reward",))[0]
        with tempfile.TemporaryDirectory() as folder:
            mutated = Path(folder, "mutated.jsonl")
            mutated.write_bytes(file.read_bytes().replace(b"four", b"for", 1))
            for read in (duck_json, polars_json):
                with self.assertRaises(AssertionError):
                    check_table(export, read(export, mutated))

    def test_compressed(self):
        """Decoders of other authors read the compressed lines to their end."""
        plain = (DATA / "hard.jsonl").read_bytes()
        self.assertEqual(gzip.decompress((DATA / "hard.jsonl.gz").read_bytes()), plain)
        with zstandard.open(DATA / "hard.jsonl.zst", "rb") as file:
            self.assertEqual(file.read(), plain)


if __name__ == "__main__":
    unittest.main()
