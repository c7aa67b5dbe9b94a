"""Large pictures: how much memory reading one takes, and that one above the limit is never decoded."""

import sys

import numpy as np
import pytest
from PIL import Image

from benchmarks.memory import peak
from hwr.preprocess import MAX_PIXELS
from hwr.synthetic import draw_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.wait4 tells the memory of a process")
SIZE = (8000, 6250)  # 50 million pixels


def test_a_page_of_50_million_pixels_is_read_in_less_than_1_5_gb(tmp_path):
    path = tmp_path / "page.jpg"
    page = draw_text("\n".join(["0123456789"] * 5), seed=1, height=60)
    Image.fromarray(page).resize(SIZE).save(path)
    memory, _, status = peak("-m", "hwr", "read", str(path), "--charset", "0-9", "--output", str(tmp_path / "text"))
    assert status == 0
    assert (tmp_path / "text").read_text().split()[0].startswith("0123")
    assert memory < 1.5


def test_a_picture_above_the_limit_is_refused_before_it_is_decoded(tmp_path):
    side = int(MAX_PIXELS**0.5) + 1
    path = tmp_path / "large.png"
    Image.fromarray(np.full((side, side), 255, np.uint8)).save(path)
    code = "import sys; from hwr.preprocess import open_picture; open_picture(sys.argv[1])"
    small = peak("-c", "import hwr.preprocess")[0]
    memory, _, status = peak("-c", code, str(path))
    assert status == 1
    assert memory - small < 0.03
