"""The one builder of ONNX sessions: what was asked for reaches the runtime, or is an error."""

from __future__ import annotations

import pytest

from reelscore.embedding.session import CPU, default_threads, open_session
from reelscore.embedding.weights import read_artefact
from reelscore.errors import ConfigurationError, ModelError


@pytest.fixture(scope="module")
def model() -> bytes:
    return read_artefact("taggers.onnx")


def test_options_reach_the_runtime(model: bytes) -> None:
    options = open_session(model, name="taggers", threads=2).get_session_options()
    assert options.intra_op_num_threads == 2
    assert options.inter_op_num_threads == 1
    assert options.use_deterministic_compute
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert options.get_session_config_entry("session.x64quantprecision") == "1"


def test_default_threads_are_the_usable_cores_but_few(model: bytes) -> None:
    options = open_session(model, name="taggers").get_session_options()
    assert options.intra_op_num_threads == default_threads()
    assert 1 <= default_threads() <= 4


def test_only_the_cpu_is_used_unless_asked(model: bytes) -> None:
    assert open_session(model, name="taggers").get_providers() == [CPU]


def test_a_provider_that_is_not_there_is_an_error_that_names_what_is(model: bytes) -> None:
    with pytest.raises(ConfigurationError, match=rf"NoSuchExecutionProvider.*available: .*{CPU}"):
        open_session(model, name="taggers", providers=["NoSuchExecutionProvider", CPU])


def test_bytes_that_are_no_model_are_a_model_error() -> None:
    with pytest.raises(ModelError, match="cannot run the model broken"):
        open_session(b"not a model", name="broken")
