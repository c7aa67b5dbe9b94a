"""What the Train page costs: python -m benchmarks.train_page speed|open [--data-dir DIR]

`speed`: pictures a second of one training, by turns while nobody watches it, no app runs, and while the page shows it in
Chromium; and the processor time that the page's server and Chromium take a second. `open`: how long the page takes to be
usable with 200 finished runs of 1,000 points, for new visitors, whose browser must fetch everything, and for returning
ones, beside the same of the home page; and what the server's memory grows by. For an idle machine: the load before the
start is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import browser as real
from hwr import runs
from hwr.config import TrainConfig

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WARM = 8  # points before the clock starts
PATIENCE = 600.0
MIN_RATIO, MAX_SECONDS, MAX_GROWTH = 0.95, 2.0, 200.0
POINTS = "(document.querySelector('.js-plotly-plot')?.calcdata?.[1] ?? []).length"
TICKS = os.sysconf("SC_CLK_TCK")


def tree() -> dict[int, tuple[int, float]]:
    """The parent and the processor seconds of every process there is."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(path.parent.name)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS)
    return found


def used_by(root: int, processes: dict[int, tuple[int, float]]) -> float:
    """Processor seconds of a process and of all that came from it and still live."""
    children = [pid for pid, (parent, _) in processes.items() if parent == root]
    return processes.get(root, (0, 0.0))[1] + sum(used_by(child, processes) for child in children)


def mine(command: str) -> int:
    """The process that came from this one and has `command` in its command line."""
    processes = tree()
    below = {os.getpid()}
    for _ in range(8):
        below |= {pid for pid, (parent, _) in processes.items() if parent in below}
    for pid in sorted(below - {os.getpid()}):
        if command in Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " "):
            return pid
    raise RuntimeError(f"no process with {command}")


def steps(run: runs.Run) -> list[dict]:
    return [row for row in run.metrics() if row["kind"] == "step"]


@contextmanager
def training(config: TrainConfig, folder: Path, data_dir: Path | None) -> Iterator[runs.Run]:
    """A training in the background that has begun, stopped at the end."""
    run = runs.start(config, folder, data_dir=data_dir)
    end = time.monotonic() + PATIENCE
    try:
        while len(steps(run)) < WARM:
            if time.monotonic() > end or run.status()["state"] in ("failed", "lost", "finished"):
                raise SystemExit(f"The training did not go: {run.status()}")
            time.sleep(0.5)
        yield run
    finally:
        if run.status()["state"] in runs.ACTIVE:
            runs.stop(run)
        while run.status()["state"] in runs.ACTIVE and time.monotonic() < end:
            time.sleep(0.2)


def speed(run: runs.Run, before: int, batch: int) -> float:
    """Pictures a second by the wall clock since the point of number `before`."""
    rows = steps(run)
    first, last = rows[before - 1], rows[-1]
    return (last["step"] - first["step"]) * batch / (last["time"] - first["time"])


def alone(run: runs.Run, batch: int, seconds: int) -> float:
    """The speed of a training that nobody watches."""
    before = len(steps(run))
    time.sleep(seconds)
    return speed(run, before, batch)


def watched(run: runs.Run, batch: int, seconds: int) -> tuple[float, int, float, float]:
    """The speed of a training with its page open, points that came into the chart, cores of the server and of Chromium."""
    with real.app() as address, real.chromium() as browser:
        page = real.visit(browser, f"{address}/train?run={run.name}")
        page.wait_for_function(f"{POINTS} > 0")
        page.wait_for_timeout(3000)
        pids = (mine("streamlit run"), mine("chromium"))
        before, shown, processes = len(steps(run)), page.evaluate(POINTS), tree()
        page.wait_for_timeout(1000 * seconds)
        came, after = page.evaluate(POINTS) - shown, tree()
        cores = [(used_by(pid, after) - used_by(pid, processes)) / seconds for pid in pids]
        return speed(run, before, batch), came, cores[0], cores[1]


def compare_speed(options: argparse.Namespace) -> bool:
    """Prints the table of pairs; True when the watched training is fast enough."""
    config = TrainConfig(dataset=options.dataset, model=options.model, epochs=1000, test="none", name="watched")
    ratios = []
    print(f"{options.model} on {options.dataset}, {options.seconds} s each")
    print("pair     alone   watched   ratio   points shown   server, cores   Chromium, cores")
    with tempfile.TemporaryDirectory() as name:
        os.environ["HWR_RUNS"] = name
        with training(config, Path(name), options.data_dir) as run:
            for pair in range(1, options.pairs + 1):
                nobody = alone(run, config.batch_size, options.seconds)
                with_page, came, server, chromium = watched(run, config.batch_size, options.seconds)
                nobody = (nobody + alone(run, config.batch_size, options.seconds)) / 2
                ratios.append(with_page / nobody)
                print(
                    f"{pair:>4}  {nobody:>8,.0f}  {with_page:>8,.0f}  {ratios[-1]:>6.1%}  {came:>13}  "
                    f"{server:>14.3f}  {chromium:>16.3f}",
                    flush=True,
                )
    median = statistics.median(ratios)
    print(f"median ratio {median:.1%} (at least {MIN_RATIO:.0%} is asked for)")
    return median >= MIN_RATIO


def finished_run(folder: Path, number: int) -> str:
    """A finished run of 1,000 points and 20 epochs with ten classes; gives its name."""
    chance = np.random.default_rng(number)
    run = runs.create(TrainConfig(dataset="synthetic", epochs=20, lr=1e-3 * (1 + number), name=f"run-{number}"), folder)
    rows = []
    for step in range(1, 1001):
        loss = 2 / (1 + step / 50) + 0.1 * chance.random()
        row = {
            "time": 1.7e9 + step,
            "epoch": (step - 1) // 50 + 1,
            "step": step * 10,
            "loss": round(loss, 6),
            "lr": 1e-3,
        }
        row |= {"accuracy": round(1 - loss / 3, 6), "speed": 2e4 + chance.random(), "seconds": float(step)}
        rows.append({"kind": "step", **row})
        if step % 50 == 0:
            recall = {char: round(float(chance.random()), 4) for char in "0123456789"}
            rows.append({"kind": "epoch", **row, "valid_loss": loss, "valid_accuracy": 0.9, "recall": recall})
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    progress = {"epoch": 20, "epochs": 20, "step": 10_000, "total": 10_000, "best_epoch": 20, "best_accuracy": 0.9}
    run.set_status("finished", progress=progress | {"seconds": 1000.0, "speed": 2e4, "device": "cpu"})
    return run.name


def opened(context: BrowserContext, address: str, ready: Callable[[Page], None]) -> float:
    """Seconds until a visitor can use a page."""
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    began = time.monotonic()
    page.goto(address)
    ready(page)
    real.settled(page)
    took = time.monotonic() - began
    page.close()
    return took


def sheet(page: Page) -> None:
    """Waits until the home page can be drawn on."""
    page.locator("canvas.upper-canvas").wait_for()


def table(page: Page) -> None:
    """Waits until the table of runs stands."""
    page.get_by_test_id("stDataFrame").locator("canvas").first.wait_for()


def curves(page: Page) -> None:
    """Waits until the table of runs and all charts stand."""
    table(page)
    page.locator(".js-plotly-plot .draglayer").nth(3).wait_for(state="attached")


def visits(browser: Browser, address: str, ready: Callable[[Page], None], count: int) -> tuple[float, float]:
    """The median seconds of new visitors and of returning ones."""
    times = []
    for _ in range(count):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        times.append([opened(context, address, ready) for _ in range(3)][::2])
        context.close()
    return statistics.median(new for new, _ in times), statistics.median(again for _, again in times)


def memory(pid: int) -> float:
    """Megabytes of a process that lie in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_page(options: argparse.Namespace) -> bool:
    """Prints how long opening takes; True when the table is usable soon enough and memory grows little enough."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["HWR_RUNS"] = name
        names = [finished_run(Path(name), number) for number in range(options.runs)]
        with real.app() as address, real.chromium() as browser:
            real.visit(browser, address).context.close()  # a server that has served a page, but not this one
            pid = mine("streamlit run")
            start = memory(pid)
            print(f"{options.runs} finished runs of 1,000 points; server at {start:,.0f} MB")
            print("what                new visitor, s   returning, s   server grew by, MB")
            pages = {"home": ("", sheet), "Train": ("/train", table)}
            for count in (1, 12, options.runs):
                query = "&".join(f"run={one}" for one in names[:count])
                pages[f"Train, {count} chosen"] = (f"/train?{query}", curves)
            found = {}
            for what, (path, ready) in pages.items():
                found[what] = visits(browser, address + path, ready, options.pairs)
                grown = memory(pid) - start
                print(f"{what:<20}{found[what][0]:>14.2f}{found[what][1]:>15.2f}{grown:>21,.0f}", flush=True)
    print(f"asked for: Train within {MAX_SECONDS} s, growth below {MAX_GROWTH:.0f} MB")
    return max(found["Train"]) <= MAX_SECONDS and grown < MAX_GROWTH


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=("speed", "open"))
    parser.add_argument("--data-dir", type=Path, help="where datasets are (or HWR_DATA)")
    parser.add_argument("--dataset", default="synthetic")
    parser.add_argument("--model", default="residual")
    parser.add_argument("--pairs", type=int, default=5, help="pairs, or visits of each kind")
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load before the start {os.getloadavg()[0]:.1f}")
    return 0 if (compare_speed if options.what == "speed" else open_page)(options) else 1


if __name__ == "__main__":
    raise SystemExit(main())
