"""Every registered network: shape, size, normalisation inside, one batch learned by heart."""

import pytest
import torch

from hwr.errors import HwrError
from hwr.models import MODELS, build, logits, parameters


@pytest.mark.parametrize("name", MODELS)
def test_gives_a_logit_a_class(name):
    model = build(name, 47).eval()
    assert model(torch.rand(3, 1, 28, 28)).shape == (3, 47)
    assert parameters(model) <= 3_000_000


@pytest.mark.parametrize("name", MODELS)
def test_learns_one_batch_by_heart(name):
    torch.manual_seed(0)
    model = build(name, 10)
    pictures, labels = (torch.rand(20, 1, 28, 28) > 0.8).float(), torch.arange(20) % 10
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(model(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.1


def test_sizes_of_the_classic_layouts():
    assert parameters(build("simple", 10)) == 320 + 18_496 + 401_536 + 1_290
    assert parameters(build("double", 10)) == 320 + 9_248 + 18_496 + 36_928 + 803_072 + 2_570


def test_normalisation_is_part_of_the_network():
    model = build("simple", 10).eval()
    seen = []
    model.features.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    model(torch.zeros(1, 1, 28, 28))
    assert {"mean", "std"} <= set(model.state_dict())
    assert float(seen[0].max()) == pytest.approx(float(-model.mean / model.std))


def test_logits_do_not_depend_on_the_batch():
    model = build("residual", 10).eval()
    glyphs = torch.randint(0, 256, (7, 28, 28), dtype=torch.uint8).numpy()
    assert torch.allclose(logits(model, glyphs, batch=2), logits(model, glyphs), atol=1e-5)


def test_unknown_network_names_the_known():
    with pytest.raises(HwrError, match="residual"):
        build("resnet1001", 10)
