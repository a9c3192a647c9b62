"""Folders with a card load by it, and the card and the Croissant file are what their own readers take."""

import shutil
import tempfile
import unittest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, get_dataset_config_names, load_dataset, load_dataset_builder
from huggingface_hub import DatasetCard

from exported import DATA, EXPORTS, difference, features, rows_of

FOLDERS = ("quickstart", "card-arrow", "card-jsonl.zst")


def card_data(folder):
    return DatasetCard.load(DATA / folder / "README.md").data.to_dict()


class Cards(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.cache = made.name

    def test_front_matter(self):
        for folder in FOLDERS:
            with self.subTest(folder):
                card = DatasetCard.load(DATA / folder / "README.md")
                self.assertTrue(card.text.strip().startswith("#"))
                self.assertIn("prefloom", card.data.tags)
                self.assertEqual(
                    get_dataset_config_names(str(DATA / folder)), [one["config_name"] for one in card_data(folder)["configs"]]
                )

    def test_load(self):
        """Every table loads with the splits, the numbers of rows and the types that the card declares."""
        for folder in FOLDERS:
            info = card_data(folder)["dataset_info"]
            for declared in info if isinstance(info, list) else [info]:
                name = declared.get("config_name", "default")
                with self.subTest(f"{folder} {name}"):
                    wanted = Features._from_yaml_list(declared["features"])
                    found = load_dataset(str(DATA / folder), name, cache_dir=self.cache)
                    self.assertEqual(
                        {split: rows.num_rows for split, rows in found.items()},
                        {split["name"]: split["num_examples"] for split in declared["splits"]},
                    )
                    for rows in found.values():
                        self.assertEqual(rows.features, wanted)

    def test_parquet_rows(self):
        """The rows of the quickstart are those of its files, in order."""
        found = load_dataset(str(DATA / "quickstart"), "default", cache_dir=self.cache)
        for split, rows in found.items():
            files = sorted((DATA / "quickstart/data").glob(f"{split}-*.parquet"))
            self.assertIsNone(difference(rows.to_list(), pa.concat_tables(map(pq.read_table, files)).to_pylist()))

    def test_hard_rows(self):
        """Columns of every kind come back by the card with the values that went in."""
        [export] = [one for one in EXPORTS if one["corner"] == "hard"]
        for folder in FOLDERS[1:]:
            with self.subTest(folder):
                found = load_dataset(str(DATA / folder), split="train", cache_dir=self.cache)
                self.assertEqual(found.features, features(export))
                self.assertIsNone(difference(found.to_list(), rows_of(export)))

    def test_mutated(self):
        """A card that counts one row too many, or leaves out a column, is refused by the loader."""
        card = (DATA / "quickstart/README.md").read_text("utf8")
        [split] = [s for s in card_data("quickstart")["dataset_info"][0]["splits"] if s["name"] == "train"]
        number = f"num_examples: {split['num_examples']}"
        for i, changed in enumerate((
            card.replace(number, f"num_examples: {split['num_examples'] + 1}", 1),
            card.replace("      - name: margin\n        dtype: float64\n", "", 1),
        )):
            self.assertNotEqual(changed, card)
            with tempfile.TemporaryDirectory() as parent:
                folder = Path(parent, f"set{i}")
                shutil.copytree(DATA / "quickstart", folder)
                (folder / "README.md").write_text(changed, "utf8")
                with self.assertRaises(Exception):
                    load_dataset(str(folder), "default", cache_dir=self.cache)

    def test_builder(self):
        for folder in FOLDERS:
            self.assertTrue(load_dataset_builder(str(DATA / folder), cache_dir=self.cache).info.splits)

    def test_croissant(self):
        file = DATA / "quickstart/croissant.json"
        if not file.exists():
            self.skipTest("the run wrote no croissant.json")
        import mlcroissant

        found = mlcroissant.Dataset(jsonld=str(file))
        self.assertEqual(list(found.metadata.issues.errors), [])
        for table, folder in (("default", "data"), ("pairs_of_pairs", "pairs_of_pairs")):
            files = sorted((DATA / "quickstart" / folder).glob("*.parquet"))
            wanted = pa.concat_tables(map(pq.read_table, files))["id"].to_pylist()
            made = [row[f"{table}/id"].decode() for row in found.records(table)]
            self.assertTrue(made)
            self.assertEqual(sorted(made), sorted(wanted))


if __name__ == "__main__":
    unittest.main()
