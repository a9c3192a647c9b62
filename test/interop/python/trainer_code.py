"""Code of trainers, run as it is in their packages but without torch, which their data never reach."""

import ast
import contextlib
import importlib.metadata
import importlib.util
import json
import logging
import sys
import types
import unittest


def source_file(package, path):
    """A file of an installed package, found without importing it; skips the test where the package is not installed."""
    try:
        found = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        raise unittest.SkipTest(f"{package} has no package for this Python and system") from None
    return next(file.locate() for file in found if str(file) == path)


def function(package, path, name, scope):
    """One function or method out of a file of a package, with the names it needs in `scope`."""
    file = source_file(package, path)
    tree = ast.parse(file.read_text("utf8"))
    made = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name)
    made.returns = None
    for argument in made.args.args:
        argument.annotation = None
    exec(compile(ast.Module([made], []), str(file), "exec"), scope)
    return scope[name]


def stub(name, **names):
    """Puts a module in the place of one that would import torch."""
    module = types.ModuleType(name)
    module.__dict__.update(names)
    sys.modules[name] = module


def trl_preparation(trainer):
    """The method by which a trainer of TRL makes tokens of a data set; warnings come back as a list."""
    from trl import data_utils

    warnings = []
    log = types.SimpleNamespace(warning_once=warnings.append, warning=warnings.append)
    scope = {
        **vars(data_utils),
        "json": json,
        "logger": log,
        "warnings": types.SimpleNamespace(warn=lambda text, *_, **__: warnings.append(text)),
        "global_then_local_main_first": contextlib.nullcontext,
    }
    return function("trl", f"trl/trainer/{trainer}_trainer.py", "_prepare_dataset", scope), warnings


def llama_factory():
    """The parser of `dataset_info.json` and the converter of rows."""
    folder = source_file("llamafactory", "llamafactory/data/converter.py").parent
    for name, path in (("", folder.parent), (".data", folder), (".extras", folder.parent / "extras")):
        stub(f"llamafactory{name}", __path__=[str(path)])
    stub("llamafactory.extras.constants", DATA_CONFIG="dataset_info.json", RUNNING_LOG="")
    stub("llamafactory.extras.misc", use_modelscope=lambda: False, use_openmind=lambda: False)
    from llamafactory.data import converter, parser

    return parser.get_dataset_list, converter.get_dataset_converter


def axolotl_default():
    """The strategy `chat_template.default` for DPO."""
    stub("axolotl.utils.logging", get_logger=logging.getLogger)
    file = source_file("axolotl", "axolotl/prompt_strategies/dpo/chat_template.py")
    spec = importlib.util.spec_from_file_location("axolotl_dpo_chat_template", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.default


def openrlhf_row():
    """The function by which OpenRLHF reads a row for reward models and DPO."""
    scope = {}
    function("openrlhf", "openrlhf/datasets/utils.py", "exist_and_not_none", scope)
    return function("openrlhf", "openrlhf/datasets/reward_dataset.py", "preprocess_data", scope)
