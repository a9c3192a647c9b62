"""Folders that `prefloom convert` made load by their cards, in every format, and keep what the source's card states."""

import json
import logging
import tempfile
import unittest
from collections import Counter

from datasets import Features, load_dataset
from huggingface_hub import DatasetCard

from exported import DATA

WANTED = json.loads((DATA / "converted.json").read_text("utf8"))


class Converted(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.cache = made.name

    def test_load(self):
        """The splits, rows and types are those that the card declares; free JSON, whose types the card leaves open, loads too."""
        self.assertGreater(len(WANTED), 20)
        for name, rows in WANTED.items():
            with self.subTest(name):
                folder = DATA / "converted" / name
                found = load_dataset(str(folder), cache_dir=self.cache)
                self.assertEqual({split: one.num_rows for split, one in found.items()}, rows)
                [info] = DatasetCard.load(folder / "README.md").data.to_dict()["dataset_info"]
                if "features" in info:
                    for one in found.values():
                        self.assertEqual(one.features, Features._from_yaml_list(info["features"]))

    def test_source(self):
        for name in WANTED:
            with self.subTest(name):
                data = DatasetCard.load(DATA / "converted" / name / "README.md").data
                self.assertEqual(data.license, "cc-by-4.0")
                self.assertEqual(data.language, ["no", "en"])
                self.assertRegex(data.pretty_name, rf": #1 \| \*odd\* <b>, as {name}$")

    def test_croissant(self):
        """Every row is read, in the split whose file holds it."""
        import mlcroissant

        # It warns of every row.
        logging.disable(logging.WARNING)
        self.addCleanup(logging.disable, logging.NOTSET)
        for name, rows in WANTED.items():
            with self.subTest(name):
                found = mlcroissant.Dataset(jsonld=str(DATA / "converted" / name / "croissant.json"))
                self.assertEqual(list(found.metadata.issues.errors), [])
                # The first field is the split, which is read from the path of the file.
                [_, table] = json.loads((DATA / "converted" / name / "croissant.json").read_text("utf8"))["recordSet"]
                counts = Counter(row[table["field"][0]["@id"]].decode() for row in found.records("default"))
                self.assertEqual(counts, rows)


if __name__ == "__main__":
    unittest.main()
