"""A trainer killed with SIGKILL, also while it saves, goes on bit for bit; benchmarks/kills.py does it 50 times."""

from dataclasses import replace

from benchmarks.kills import CONFIG, measure


def test_killed_and_resumed_ends_bit_for_bit_as_never_killed(tmp_path):
    config = replace(CONFIG, epochs=25, limit=400)
    tally = measure(config, tmp_path, 3, seed=1)
    assert tally.differences == []
    assert tally.kills == 3
    assert tally.too_late(config.save_seconds + 1) == 0  # a busy machine may stop the trainer itself for a while
