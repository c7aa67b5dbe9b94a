"""The rules of the house: who may import whom, how long things may be, what the README must name, what no file may hold."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

from hwr import checkpoint
from hwr.config import TrainConfig, flag
from hwr.data import DATASETS
from hwr.export import MODEL_FORMATS
from hwr.formats import PAGE_FORMATS
from hwr.models import MODELS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "hwr"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
UI = sorted((ROOT / "ui").rglob("*.py"))
README = (ROOT / "README.md").read_text(encoding="utf-8")

# What each module may import of the package; a package stands for its modules, which may import each other.
BASE = {"errors", "classes", "config", "results"}
INK = BASE | {"preprocess", "strokes"}
ALLOWED = {
    "errors": set(),
    "readonly": {"errors"},
    "classes": {"errors"},
    "config": {"errors"},
    "results": set(),
    "edit": {"errors", "results"},
    "strokes": BASE,
    "preprocess": INK,
    "layout": INK,
    "augment": BASE,
    "models": BASE,
    "synthetic": INK,
    "unipen": INK,
    "drawing": INK | {"synthetic"},
    "idx": set(),
    "apart": {"errors", "progress", "runs"},
    "download": {"errors", "progress", "readonly", "runs"},
    "mine": INK | {"readonly"},
    "dataset": set(),
    "data": INK | {"synthetic", "unipen", "dataset", "download", "idx", "mine"},
    "kept": BASE | {"checkpoint", "data", "mine", "readonly"},
    "survey": BASE
    | {"apart", "checkpoint", "data", "dataset", "kept", "material", "mine", "models", "palette", "runs", "train"},
    "survey_figures": {"curve_figures", "palette"},
    "lines": INK | {"synthetic", "unipen", "case", "data", "dataset", "evaluate", "checkpoint", "models"},
    "networks": INK | {"models", "lines"},
    "tasks": INK
    | {"augment", "checkpoint", "data", "distributed", "evaluate", "insight", "lines", "loss", "material", "models"}
    | {"networks", "parent", "reject"},
    "loss": BASE | {"dataset"},
    "reject": INK | {"layout", "models", "synthetic"},
    "checkpoint": BASE | {"models", "networks", "readonly", "runs"},
    "runs": {"config", "errors", "readonly"},
    "optim": BASE | {"models"},
    "honest": BASE | {"checkpoint"},
    "evaluate": BASE | {"models", "data", "checkpoint"},
    "compare": BASE
    | {"checkpoint", "curve_figures", "data", "evaluate", "honest", "insight", "mine", "models", "networks", "palette"}
    | {"apart", "engines", "kept", "onnx_file", "readonly", "runs"},
    "context": {"results"},
    "doubt": {"layout", "results"},
    "case": {"results"},
    "onnx_file": INK | {"checkpoint", "networks"},
    "engines": INK | {"checkpoint", "models", "networks", "onnx_file"},
    "export": INK | {"checkpoint", "data", "dataset", "engines", "evaluate", "models", "networks", "onnx_file"},
    "uploads": {"errors", "checkpoint", "kept", "networks", "onnx_file", "recognize"},
    "stops": INK | {"case", "layout"},
    "together": INK | {"case", "doubt", "layout", "lines", "stops"},
    "overturned": {"results"},
    "recognize": INK
    | {"doubt", "layout", "models", "checkpoint", "context", "case", "engines", "lines", "networks", "overturned"}
    | {"together"},
    "steps": INK | {"layout", "recognize"},
    "live": INK | {"formats", "recognize"},
    "sketch": {"results", "recognize"},
    "explain": INK
    | {"apart", "compare", "data", "dataset", "engines", "evaluate", "kept", "models", "palette", "recognize"},
    "usage": set(),
    "journal": {"config", "runs", "usage"},
    "insight": BASE | {"checkpoint", "data", "evaluate"},
    "material": BASE | {"data"},
    "distributed": {"config", "errors", "runs"},
    "finetune": BASE | {"checkpoint", "data", "mine"},
    "parent": BASE | {"checkpoint", "data", "evaluate", "models"},
    "train": BASE | {"distributed", "checkpoint", "runs", "optim", "honest", "journal", "networks", "parent", "tasks"},
    "average": BASE | {"checkpoint", "distributed", "honest", "networks", "tasks"},
    "curves": {"errors", "runs"},
    "tensorboard": {"errors", "runs", "checkpoint"},
    "tune": BASE | {"readonly", "palette", "models", "runs", "train", "progress"},
    "machine": BASE | {"models", "optim", "data", "lines", "material", "networks", "runs", "train"},
    "sizes": {"data", "mine"},
    "estimate": {"config", "sizes"},
    "ready": BASE | {"data", "checkpoint", "honest", "lines", "networks"},
    "presets": set(),
    "palette": set(),
    "formats": {"results", "errors", "palette"},
    "figures": {"results", "errors", "palette"},
    "curve_figures": {"curves", "palette"},
    "progress": set(),
    "documents": INK,
    "reading": BASE | {"checkpoint", "documents", "formats", "lines", "recognize"},
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own(path: Path) -> set[str]:
    """The modules of hwr that a file imports, by their first name."""
    names = {name.split(".")[1] for name in imports(path) if name.startswith("hwr.")}
    return {name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()}


def module_name(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def functions() -> list[tuple[str, int, ast.FunctionDef]]:
    found = []
    for path in [*MODULES, *PAGES, *UI, ROOT / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found.append((f"{path.name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1, node))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path):
    name = module_name(path)
    if name in ("__init__", "__main__", "cli"):
        return
    assert name in ALLOWED, f"say in this test what hwr/{name} may import"
    assert own(path) <= ALLOWED[name] | {name}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_package_knows_no_page(path):
    firsts = {name.split(".")[0] for name in imports(path)}
    assert not firsts & {"streamlit", "ui", "pages", "app", "streamlit_drawable_canvas", "pickle"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_are_thin_and_apart(path):
    assert not {name.split(".")[0] for name in imports(path)} & {"pages", "app", "streamlit_drawable_canvas"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 170
    assert re.search(rf'^with ui\.page\("{path.stem}"\)', path.read_text(encoding="utf-8"), re.M)


def test_modules_are_short():
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in [*MODULES, *UI]}
    assert {name: length for name, length in lengths.items() if length > 330} == {}


def test_functions_are_short():
    lengths = sorted(length for _, length, _ in functions())
    assert statistics.median(lengths) <= 12
    assert lengths[int(0.9 * len(lengths))] <= 30
    assert {name: length for name, length, _ in functions() if length > 60} == {}


def test_functions_take_few_parameters():
    wide = []
    for name, _, node in functions():
        arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if len([a for a in arguments if a not in ("self", "cls")]) > 6:
            wide.append(name)
    assert wide == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and len(node.body) > 2:
            assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


def test_every_field_of_a_training_is_read_by_something():
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULES if path.name != "config.py")
    unread = [name for name in TrainConfig.__dataclass_fields__ if not re.search(rf"\bconfig\.{name}\b", code)]
    assert unread == []


@pytest.mark.parametrize("name", [*MODELS, *DATASETS, *PAGE_FORMATS, *MODEL_FORMATS])
def test_readme_names_every_choice(name):
    assert re.search(rf"`{re.escape(name)}`", README)


@pytest.mark.parametrize("name", [item["name"] for item in checkpoint.list_weights(checkpoint.WEIGHTS)])
def test_readme_names_every_weight_and_it_says_how_it_was_made(name):
    assert f"`{name}`" in README
    info = checkpoint.read_info(checkpoint.find(name))
    assert info["command"].startswith(("python -m hwr train", "python -m hwr average"))
    assert [line for line in [*info.get("before", []), info["command"]] if line.startswith("python -m hwr train")]
    assert info["figures"]


def test_readme_tree_names_every_file():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    missing = [
        file for file in files if file.endswith(".py") and Path(file).name not in README and "tests/" not in file
    ]
    packages = {Path(file).parent.name for file in missing}
    assert [file for file in missing if f"{Path(file).parent.name}/" not in README] == [], packages


def test_readme_shows_only_options_that_exist():
    flags = {flag(name) for name in TrainConfig.__dataclass_fields__}
    flags |= {
        "--resume",
        "--json",
        "--charset",
        "--layout",
        "--format",
        "--output",
        "--weights",
        "--data-dir",
        "--runs-dir",
    }
    flags |= {"--config", "--part", "--repeats", "--tesseract", "--run", "--help", "--strokes", "--background"}
    flags |= {"--nproc-per-node", "--nnodes", "--node-rank", "--master-addr"}  # torchrun's
    flags |= {"--reader", "--words", "--engine"}  # of hwr read
    flags |= {"--count", "--speed", "--only", "--pages"}  # of benchmarks.lines and benchmarks.pages
    flags |= {"--logdir"}  # TensorBoard's
    flags |= {"--fresh"}  # of hwr evaluate
    flags |= {"--shares"}  # of hwr average
    flags |= {"--study", "--trials", "--tune", "--pruner", "--storage", "--delete"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) <= flags


def test_no_file_names_a_host_of_packages_or_a_path_of_a_machine():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    words = [
        "py" + "pi.org",
        "python" + "hosted",
        "/ro" + "ot/",
        "/wo" + "rk/main",
        "regis" + "try.npm",
        "deb.deb" + "ian",
    ]
    for file in files:
        content = (ROOT / file).read_bytes()
        if b"\0" not in content[:1000]:
            assert not [word for word in words if word.encode() in content], file
