"""What several tests share: the real data when it is there, a small trained network, a browser, quiet threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from hwr import checkpoint, runs
from hwr.config import TrainConfig


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real datasets; the test is skipped where HWR_DATA does not name one."""
    folder = os.environ.get("HWR_DATA")
    if not folder or not (Path(folder) / "MNIST").is_dir():
        pytest.skip("HWR_DATA names no folder with the real datasets")
    return Path(folder)


@pytest.fixture(autouse=True)
def _own_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the own pictures, or what was measured, of the person who runs it."""
    monkeypatch.setenv("HWR_MINE", str(tmp_path / "mine"))
    monkeypatch.setenv("HWR_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has no server that streamlit-webrtc could ask; the real one is in test_browser_webcam.py."""
    off = SimpleNamespace(state=SimpleNamespace(playing=False, signalling=False))
    modes = SimpleNamespace(SENDRECV="both")
    camera = SimpleNamespace(webrtc_streamer=lambda **_: off, WebRtcMode=modes, __spec__="here")
    monkeypatch.setitem(sys.modules, "streamlit_webrtc", camera)
    monkeypatch.setitem(sys.modules, "av", SimpleNamespace(VideoFrame=None))


@pytest.fixture
def quick() -> TrainConfig:
    """A training of seconds on drawn digits."""
    return TrainConfig(
        dataset="synthetic", classes="0-3", model="simple", epochs=2, limit=600, batch_size=32, threads=1
    )


@pytest.fixture
def run(quick: TrainConfig, tmp_path: Path) -> runs.Run:
    return runs.create(quick, tmp_path / "runs")


@pytest.fixture
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are during a test: HWR_RUNS."""
    monkeypatch.setenv("HWR_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of an untrained network for the digits: the right shape, no skill."""
    import torch

    from hwr.models import build

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    info = {"model": "simple", "classes": "0123456789", "framing": "mnist", "dataset": "none", "figures": {}}
    checkpoint.save(path, build("simple", 10).state_dict(), info)
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Headless Chromium, a Playwright browser. Not for the whole session: its event loop is in the way of other tests."""
    from benchmarks import browser

    with browser.chromium() as started:
        yield started


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With HWR_NO_SKIPS, as in CI, a skipped test is a failure of the session."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("HWR_NO_SKIPS") and skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"HWR_NO_SKIPS is set, and {len(skipped)} tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
