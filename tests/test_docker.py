"""The Dockerfile and .dockerignore, as far as they can be checked without Docker; .streamlit/config.toml for a host."""

import fnmatch
import json
import re
import shlex
from pathlib import Path

import pytest
from streamlit import config

ROOT = Path(__file__).resolve().parent.parent
FILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
KNOWN = {"FROM", "ENV", "RUN", "WORKDIR", "ARG", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction with what stands behind it, on one line."""
    lines = [line for line in FILE.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def given(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def command() -> list[str]:
    return json.loads(given("CMD")[-1])


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in given("ENV") for pair in shlex.split(rest))


def copied() -> list[str]:
    """What is copied into the image, from the folder that it is built of."""
    return [word for rest in given("COPY") for word in shlex.split(rest)[:-1] if not word.startswith("--")]


def ignored(path: str) -> bool:
    """Whether .dockerignore leaves a path out: it, or a folder above it, is named there."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line.strip("/") for line in lines if line and not line.startswith("#")]
    above = [Path(path), *Path(path).parents][:-1]
    return any(
        fnmatch.fnmatch(part.name if rule.startswith("**/") else part.as_posix(), rule.removeprefix("**/"))
        for part in above
        for rule in rules
    )


def test_every_instruction_is_one():
    assert {word for word, _ in instructions()} <= KNOWN
    assert instructions()[0][0] == "FROM"


def test_the_base_is_a_slim_python_that_we_take_and_is_pinned():
    name, _, tag = given("FROM")[0].partition(":")
    assert name == "python"
    assert re.fullmatch(r"3\.\d+-slim-\w+", tag)
    least = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    assert [int(part) for part in tag.split("-")[0].split(".")] >= [int(part) for part in least.split(".")]


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_is_there_and_not_ignored(source):
    assert (ROOT / source).exists()
    assert not ignored(source)


def test_all_that_the_app_needs_is_copied():
    assert {"app.py", "pages", "ui", "hwr", "weights", ".streamlit", "requirements.txt"} <= set(copied())


@pytest.mark.parametrize(
    "path", ["runs/a/best.safetensors", "data/MNIST", "mine/U+0041", "cache", ".git/config", "tests", "ui/__pycache__"]
)
def test_what_is_private_or_not_needed_is_left_out(path):
    assert ignored(path)


def test_it_runs_as_somebody_who_is_not_root():
    words = [word for word, _ in instructions()]
    user = given("USER")[-1]
    assert user not in ("root", "0")
    assert words.index("USER") < words.index("CMD")
    assert any(f" {user}" in run for run in given("RUN") if run.startswith("useradd"))


def test_its_command_is_the_app_on_the_port_that_is_exposed_and_asked_for_its_health():
    assert command()[:2] == ["streamlit", "run"]
    assert (ROOT / command()[2]).is_file()
    (port,) = given("EXPOSE")
    assert f"--server.port={port}" in command()
    assert "--server.address=0.0.0.0" in command()
    (health,) = given("HEALTHCHECK")
    assert f":{port}/_stcore/health" in health
    compile(json.loads(health.partition("CMD ")[2])[2], "health", "exec")


def test_its_options_are_streamlits():
    known = config.get_config_options()
    assert all(option[2:].partition("=")[0] in known for option in command()[3:])


def test_it_is_read_only_unless_told_otherwise_and_writes_no_bytecode():
    assert environment()["HWR_READONLY"] == "1"
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"


def test_its_requirements_are_the_apps_and_nothing_is_fetched_besides():
    assert any("-r requirements.txt" in run for run in given("RUN"))
    assert not re.search(r"\b(curl|wget|git clone|hwr data|hwr train|https?://(?!127\.0\.0\.1))", FILE)


def test_the_config_is_fit_for_a_small_host():
    """As Streamlit reads it, so that a misspelled option is found too."""
    known = config.get_config_options(force_reparse=True)
    here = str(ROOT / ".streamlit" / "config.toml")
    told = {name: option.value for name, option in known.items() if option.where_defined == here}
    assert told["browser.gatherUsageStats"] is False
    assert told["client.showErrorDetails"] == "none"
    assert told["server.headless"] is True
    assert told["server.fileWatcherType"] == "none"
    assert told["server.maxUploadSize"] <= 50
    assert known["server.enableXsrfProtection"].value
    assert known["server.enableCORS"].value
