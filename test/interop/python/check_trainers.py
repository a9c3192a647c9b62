"""Trainers accept the exports and see in them the texts that were written by hand; without models, and without torch."""

import json
import tempfile
import types
import unittest

from datasets import load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from trl import data_utils as trl

from exported import CORNERS, DATA, EXPORTS, files, rows_of
from trainer_code import axolotl_default, llama_factory, openrlhf_row, trl_preparation

TEMPLATE = (
    "{% if tools %}<|tools|>{{ tools | tojson }}<|end|>\n{% endif %}"
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content or '' }}"
    "{% for c in m.tool_calls or [] %}<|call|>{{ c.function.name }}{{ c.function.arguments }}{% endfor %}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ENDINGS = (".parquet", ".jsonl")


def make_tokenizer():
    """A tokenizer of bytes: no vocabulary to download, and what it reads it gives back."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<eos>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "<|tool|>"]
    tokenizer = Tokenizer(models.BPE({text: i for i, text in enumerate(alphabet + special)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>", clean_up_tokenization_spaces=False)
    fast.chat_template = TEMPLATE
    return fast


TOKENIZER = make_tokenizer()
CACHE = tempfile.TemporaryDirectory()


def load(file):
    kind = "parquet" if file.suffix == ".parquet" else "json"
    return load_dataset(kind, data_files=str(file), split="train", cache_dir=CACHE.name)


def every(test, formats, corner, check):
    """Runs a check on the files of a corner, in Parquet and JSON Lines."""
    for ending in ENDINGS:
        for export, file in files(ending, corner, formats):
            with test.subTest(file.relative_to(DATA)):
                check(load(file), CORNERS[corner])


def text(ids):
    return TOKENIZER.decode(ids, skip_special_tokens=False)


def rendered(messages, tools=None, generation=False):
    """What the template makes of messages, written here again in Python."""
    out = [f"<|tools|>{json.dumps(json.loads(tools), ensure_ascii=False)}<|end|>\n"] if tools else []
    for one in messages:
        calls = "".join(
            f"<|call|>{c['function']['name']}{c['function']['arguments']}" for c in one.get("tool_calls") or []
        )
        out.append(f"<|{one['role']}|>{one['content'] or ''}{calls}<|end|>\n")
    return "".join(out) + ("<|assistant|>" if generation else "")


def split_prompt(row, reply):
    """The prompt and a reply as a trainer that uses the template has to see them."""
    tools = row.get("tools")
    prompt = rendered(row["prompt"], tools, generation=True)
    whole = rendered([*row["prompt"], *row[reply]], tools)
    assert whole.startswith(prompt)
    return prompt, whole[len(prompt) :]


def texts_of(row, reply):
    if isinstance(row["prompt"], str):
        return row["prompt"], row[reply] + "<eos>"
    return split_prompt(row, reply)


PAIRS = ("text-pairs", "message-pairs", "tool-pairs", "named-speakers")
UNPAIRED = ("unpaired-texts", "unpaired-messages")
SETTINGS = types.SimpleNamespace(
    dataset_num_proc=None, max_length=None, truncation_mode="keep_start", per_device_train_batch_size=2
)


def trainer(**more):
    return types.SimpleNamespace(_tokenizer=TOKENIZER, desirable_weight=1.0, undesirable_weight=1.0, **more)


class Trl(unittest.TestCase):
    def test_formats(self):
        """Every row is told to be messages or text by its kind, whichever of its keys is looked at."""

        def check(found, wanted):
            is_messages = not isinstance(wanted[0]["prompt"], str)
            self.assertEqual(len(found), len(wanted))
            for row in found:
                for key in ("prompt", "chosen", "rejected"):
                    if key in row:
                        self.assertEqual(trl.is_conversational({key: row[key]}), is_messages)

        for corner in PAIRS:
            every(self, ("trl-preference", "trl-reward"), corner, check)

    def test_explicit_prompt_stays(self):
        def check(found, wanted):
            for row, right in zip(found, wanted, strict=True):
                self.assertEqual(trl.maybe_extract_prompt(row), row)
                self.assertEqual(contents(row["prompt"]), contents(right["prompt"]))

        every(self, ("trl-preference",), "message-pairs", check)

    def test_extract_prompt(self):
        """The prompt inside both replies is found again, tool calls too."""

        def check(found, wanted):
            for row, right in zip(found, wanted, strict=True):
                made = trl.extract_prompt({"chosen": row["chosen"], "rejected": row["rejected"]})
                for key in ("prompt", "chosen", "rejected"):
                    self.assertEqual(contents(made[key]), contents(right[key]))

        for corner in ("message-pairs", "tool-pairs"):
            every(self, ("trl-preference-implicit",), corner, check)

    def test_unpair(self):
        def check(found, wanted):
            columns = [name for name in ("prompt", "chosen", "rejected") if name in found.column_names]
            made = trl.unpair_preference_dataset(found.select_columns(columns))
            replies = [row["chosen"] for row in wanted] + [row["rejected"] for row in wanted]
            self.assertEqual([contents(row["completion"]) for row in made], [contents(one) for one in replies])
            self.assertEqual(made["label"][:], [True] * len(wanted) + [False] * len(wanted))

        for corner in PAIRS:
            every(self, ("trl-preference",), corner, check)

    def test_apply_chat_template(self):
        def check(found, wanted):
            for row, right in zip(found, wanted, strict=True):
                tools = json.loads(row["tools"]) if row.get("tools") else None
                made = trl.apply_chat_template({key: row[key] for key in ("prompt", "chosen", "rejected")}, TOKENIZER, tools)
                prompt, chosen = split_prompt(right, "chosen")
                self.assertEqual(made, {"prompt": prompt, "chosen": chosen, "rejected": split_prompt(right, "rejected")[1]})

        for corner in ("message-pairs", "tool-pairs"):
            every(self, ("trl-preference",), corner, check)

    def test_dpo(self):
        """Prompts and replies are what DPOTrainer makes tokens of; no row is dropped and nothing is warned of."""
        prepare, warnings = trl_preparation("dpo")

        def check(found, wanted):
            made = prepare(trainer(), found, TOKENIZER, SETTINGS, "train")
            for row, right in zip(made, wanted, strict=True):
                for reply in ("chosen", "rejected"):
                    self.assertEqual((text(row["prompt_ids"]), text(row[f"{reply}_ids"])), texts_of(right, reply))
            self.assertEqual(warnings, [])

        for corner in PAIRS:
            every(self, ("trl-preference", "trl-reward"), corner, check)
        for corner in ("message-pairs", "tool-pairs"):
            every(self, ("trl-preference-implicit",), corner, check)

    def test_kto(self):
        prepare, warnings = trl_preparation("kto")

        def check(found, wanted):
            made = prepare(trainer(calculate_KL=True), found, TOKENIZER, SETTINGS, "train")
            for row, right in zip(made, wanted, strict=True):
                self.assertEqual((text(row["prompt_ids"]), text(row["completion_ids"])), texts_of(right, "completion"))
                self.assertIs(row["label"], right["label"])

        for corner in UNPAIRED:
            every(self, ("trl-unpaired",), corner, check)
        self.assertEqual([one for one in warnings if "prefix" in one], [])

    def test_reward(self):
        """RewardTrainer sees prompt and reply as one, and the margin of each row as a number."""
        prepare, _ = trl_preparation("reward")

        def check(found, wanted):
            made = prepare(trainer(), found, TOKENIZER, SETTINGS, "train")
            for row, right in zip(made, wanted, strict=True):
                for reply in ("chosen", "rejected"):
                    self.assertEqual(text(row[f"{reply}_ids"]), "".join(texts_of(right, reply)))
                self.assertEqual(float(row["margin"]), right["margin"])

        for corner in ("text-pairs", "message-pairs"):
            every(self, ("trl-reward",), corner, check)

    def test_mutated(self):
        """Changed texts and rows that are no pairs are not taken for right."""
        prepare, _ = trl_preparation("dpo")
        found = load(files(".parquet", "message-pairs", ("trl-preference",))[0][1])
        prompt, chosen = texts_of(CORNERS["message-pairs"][0], "chosen")
        swapped = found.rename_columns({"chosen": "rejected", "rejected": "chosen"})
        made = prepare(trainer(), swapped, TOKENIZER, SETTINGS, "train")[0]
        self.assertEqual(text(made["prompt_ids"]), prompt)
        self.assertNotEqual(text(made["chosen_ids"]), chosen)
        with self.assertRaises(KeyError):
            prepare(trainer(), found.remove_columns(["rejected"]), TOKENIZER, SETTINGS, "train")


def contents(messages):
    """Messages without keys that hold nothing; a text as it is."""
    if isinstance(messages, str):
        return messages
    return [{key: value for key, value in one.items() if value is not None} for one in messages]


class LlamaFactory(unittest.TestCase):
    """Every row comes through the converter, which empties what it does not take."""

    def rows(self, format, corner, ending):
        attributes, converter = llama_factory()
        [(_, file)] = files(ending, corner, (format,))
        [attribute] = attributes([corner], str(file.parent))
        self.assertEqual(attribute.dataset_name, file.name)
        convert = converter(attribute.formatting, attribute, types.SimpleNamespace(media_dir=""))
        return [convert(row) for row in load(file)]

    def every(self, format, corner, check):
        for ending in ENDINGS:
            with self.subTest(f"{format} {corner} {ending}"):
                wanted = CORNERS[corner]
                for row, right in zip(self.rows(format, corner, ending), wanted, strict=True):
                    check(row, right)

    def test_ranking(self):
        def check(row, right):
            system, turns = apart(right["prompt"])
            self.assertEqual(row["_system"] or "", system)
            self.assertEqual([(one["role"], one["content"]) for one in row["_prompt"]], turns)
            self.assertEqual([one["content"] for one in row["_response"]], [last(right["chosen"]), last(right["rejected"])])

        for format in ("llamafactory-sharegpt", "llamafactory-alpaca"):
            for corner in ("text-pairs", "message-pairs"):
                self.every(format, corner, check)

    def test_tools(self):
        def check(row, right):
            if right["tools"] is None:
                self.assertFalse(row["_tools"])
                return
            self.assertEqual(row["_tools"], right["tools"])
            self.assertEqual([one["role"] for one in row["_prompt"]], ["user", "function", "observation"])
            call = right["prompt"][1]["tool_calls"][0]["function"]
            found = json.loads(row["_prompt"][1]["content"])
            found = found[0] if isinstance(found, list) else found
            self.assertEqual((found["name"], found["arguments"]), (call["name"], json.loads(call["arguments"])))

        self.every("llamafactory-sharegpt", "tool-pairs", check)

    def test_kto(self):
        def check(row, right):
            system, turns = apart(right["prompt"])
            self.assertEqual(row["_system"] or "", system)
            self.assertEqual([(one["role"], one["content"]) for one in row["_prompt"]], turns)
            replies = [last(right["completion"]), ""]
            self.assertEqual([one["content"] for one in row["_response"]], replies if right["label"] else replies[::-1])

        for corner in UNPAIRED:
            self.every("llamafactory-kto", corner, check)

    def test_mutated(self):
        """The converter empties a row with one turn too many, which the checks above would see."""
        attributes, converter = llama_factory()
        [(_, file)] = files(".jsonl", "message-pairs", ("llamafactory-sharegpt",))
        [attribute] = attributes(["message-pairs"], str(file.parent))
        convert = converter(attribute.formatting, attribute, types.SimpleNamespace(media_dir=""))
        row = load(file)[0]
        row["conversations"] = [*row["conversations"], {"from": "gpt", "value": "more"}]
        self.assertEqual(convert(row)["_prompt"], [])


def apart(prompt):
    """The system text and the turns of a prompt."""
    if isinstance(prompt, str):
        return "", [("user", prompt)]
    system = prompt[0]["content"] if prompt[0]["role"] == "system" else ""
    return system, [(one["role"], one["content"]) for one in prompt if one["role"] != "system"]


def last(reply):
    return reply if isinstance(reply, str) else reply[-1]["content"]


class Others(unittest.TestCase):
    def test_axolotl(self):
        """The cut at the reply's text finds the reply, whole, under chatml and under a template that trims."""
        trims = TEMPLATE.replace("m.content or ''", "(m.content or '') | trim")
        for template in (TEMPLATE, trims):
            cfg = {"datasets": [{}], "chat_template": "jinja", "chat_template_jinja": template}
            transform, _ = axolotl_default()(cfg)

            def check(found, wanted):
                for row, right in zip(found, wanted, strict=True):
                    made = transform(row, tokenizer=TOKENIZER)
                    for reply in ("chosen", "rejected"):
                        self.assertEqual(made[reply], last(right[reply]).strip() + "<|end|>")
                    if template is TEMPLATE:
                        prompt = right["prompt"]
                        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
                        self.assertEqual(made["prompt"], rendered(messages, generation=True))

            for corner in ("text-pairs", "message-pairs"):
                every(self, ("axolotl",), corner, check)

    def test_openrlhf(self):
        read = openrlhf_row()

        def check(found, wanted):
            for row, right in zip(found, wanted, strict=True):
                template = None if isinstance(right["prompt"], str) else TOKENIZER.apply_chat_template
                prompt, chosen, rejected, margin = read(row, prompt_key="prompt", apply_chat_template=template)
                if template is None:
                    self.assertEqual((prompt, chosen, rejected), (right["prompt"], right["chosen"], right["rejected"]))
                else:
                    self.assertEqual((prompt, chosen), split_prompt(right, "chosen"))
                    self.assertEqual((prompt, rejected), split_prompt(right, "rejected"))
                self.assertEqual(margin, right["margin"])

        for corner in ("text-pairs", "message-pairs"):
            every(self, ("openrlhf",), corner, check)

    def test_nemo_rl(self):
        """Two completions with ranks that differ, the lower one the better; its package on PyPI is empty."""
        for export in EXPORTS:
            if export["format"] == "nemo-rl":
                for row in rows_of(export):
                    self.assertEqual([one["rank"] for one in row["completions"]], [0, 1])
                    self.assertTrue(all(one["completion"][-1]["role"] == "assistant" for one in row["completions"]))


if __name__ == "__main__":
    unittest.main()
