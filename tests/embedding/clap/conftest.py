"""The small CLAP with random weights that `tools/build_clap_fixture.py` builds, as an installed model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reelscore.embedding.hub.folder import InstalledModel, open_model

FIXTURE = Path(__file__).parent / "fixture"
NAME = "clap-random"


@pytest.fixture
def clap_models(tmp_path: Path) -> Path:
    """A model folder with the small CLAP in it."""
    models = tmp_path / "models"
    folder = models / NAME / "fp32"
    folder.mkdir(parents=True)
    for path in FIXTURE.iterdir():
        if path.name != "golden.npz":
            shutil.copyfile(path, folder / path.name)
    return models


@pytest.fixture
def small_clap(clap_models: Path) -> InstalledModel:
    """The small CLAP: 32-d, the architecture of the real ones."""
    return open_model(clap_models, NAME, "fp32")
