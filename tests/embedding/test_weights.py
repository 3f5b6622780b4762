"""Bundled artefacts: complete, small, licensed, and refused when they are not what was built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reelscore.embedding.weights import MANIFEST, artefact_folder, read_artefact, read_manifest
from reelscore.errors import ModelError, UnknownNameError

LARGEST_TOTAL_BYTES = 12_000_000


@pytest.fixture
def copied_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "artefacts"
    shutil.copytree(str(artefact_folder()), folder)
    return folder


def test_every_artefact_passes_its_checksum() -> None:
    for name, artefact in read_manifest().items():
        assert len(read_artefact(name)) == artefact.size


def test_artefacts_stay_small_together() -> None:
    assert sum(artefact.size for artefact in read_manifest().values()) < LARGEST_TOTAL_BYTES


def test_every_file_of_the_folder_is_listed_or_a_notice() -> None:
    present = {path.name for path in artefact_folder().iterdir()}
    notices = {name for name in present if name.startswith("NOTICE")}
    assert present - notices - {MANIFEST} == set(read_manifest())


def test_licences_are_permissive_and_their_texts_are_there() -> None:
    assert {artefact.licence for artefact in read_manifest().values()} <= {"ISC", "Apache-2.0", "MIT"}
    musicnn = (artefact_folder() / "NOTICE-musicnn").read_text()
    assert "Permission to use, copy, modify, and/or distribute" in musicnn
    minilm = (artefact_folder() / "NOTICE-all-MiniLM-L6-v2").read_text()
    assert "Apache License" in minilm and "Version 2.0" in minilm


def test_one_changed_bit_is_refused(copied_folder: Path) -> None:
    path = copied_folder / "text_scales.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"is damaged.*install reelscore again"):
        read_artefact("text_scales.npy", folder=copied_folder)


def test_a_file_cut_short_is_refused(copied_folder: Path) -> None:
    path = copied_folder / "taggers.onnx"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelError, match="is damaged"):
        read_artefact("taggers.onnx", folder=copied_folder)


def test_a_missing_file_is_a_model_error(copied_folder: Path) -> None:
    (copied_folder / "taggers.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        read_artefact("taggers.onnx", folder=copied_folder)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"taggers\.onnx"):
        read_artefact("nothing.onnx")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"taggers.onnx": {"size": 1}}'])
def test_a_damaged_manifest_is_a_model_error(copied_folder: Path, text: str) -> None:
    (copied_folder / MANIFEST).write_text(text)
    with pytest.raises(ModelError, match="list of bundled models"):
        read_artefact("taggers.onnx", folder=copied_folder)
