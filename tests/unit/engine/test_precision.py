"""The choice of precision: measured, stored, and never the slower one."""

from pathlib import Path

import pytest
import tensorflow as tf

from engine.backbones.devices import has_bfloat16, processor_model
from engine.backbones.precision import choose_dtype, is_settled


@pytest.fixture(autouse=True)
def processor_without_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: None)
    monkeypatch.setattr("engine.backbones.precision.convolution_seconds", lambda dtype: 0.0)


def test_bfloat16_is_not_measured_on_a_processor_without_it(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: False)
    monkeypatch.setattr("engine.backbones.precision._step_seconds", None)
    assert choose_dtype("auto", tiny_weights, "max", tmp_path / "none.json") == tf.float32
    assert choose_dtype("bfloat16", tiny_weights, "max", None) == tf.bfloat16


def test_bfloat16_is_given_up_if_one_convolution_takes_longer_than_a_step(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    monkeypatch.setattr(
        "engine.backbones.precision._step_seconds", lambda *args: tried.append(args[2]) or 0.1
    )
    monkeypatch.setattr("engine.backbones.precision.convolution_seconds", lambda dtype: 3.0)
    assert choose_dtype("auto", tiny_weights, "max", tmp_path / "up.json") == tf.float32
    assert tried == ["float32"]
    assert "3.0" in (tmp_path / "up.json").read_text()


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16\n", True),
        ("flags\t\t: fpu avx2 fma\n", False),
        ("Features\t: fp asimd bf16\n", True),
        ("Features\t: fp asimd\n", False),
        ("cpu family: 6\n", None),
        (None, None),
    ],
)
def test_reads_the_processors_flags(tmp_path: Path, cpuinfo: str | None, expected: bool | None) -> None:
    if cpuinfo is not None:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert has_bfloat16(tmp_path / "cpuinfo") is expected


def test_auto_picks_the_faster_one(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, (fast, slow) in enumerate([("float32", "bfloat16"), ("bfloat16", "float32")]):
        seconds = {fast: 0.1, slow: 0.2}
        monkeypatch.setattr("engine.backbones.precision._step_seconds", lambda *args, s=seconds: s[args[2]])
        assert choose_dtype("auto", tiny_weights, "max", tmp_path / f"{number}.json") == tf.as_dtype(fast)


def test_the_measurement_is_stored(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "made" / "precision.json"
    measured = choose_dtype("auto", tiny_weights, "max", cache)
    assert cache.exists()
    monkeypatch.setattr("engine.backbones.precision._step_seconds", None)
    # Another spelling of the path acts like another process: only the file is remembered.
    again = choose_dtype("auto", tiny_weights, "max", cache.parent / ".." / "made" / "precision.json")
    assert again == measured


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC\n\nmodel name\t: another\n", "AMD EPYC"),
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "0x41 0xd0c"),
        ("flags\t\t: fpu\n", None),
        (None, None),
    ],
)
def test_reads_the_processors_model(tmp_path: Path, cpuinfo: str | None, expected: str | None) -> None:
    if cpuinfo is not None:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert processor_model(tmp_path / "cpuinfo") == expected


def test_the_measurement_holds_for_another_host_with_the_same_processor(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.backbones.precision._step_seconds", lambda *args: len(args[2]))
    monkeypatch.setattr("engine.backbones.precision.processor_model", lambda: "AMD EPYC")
    cache = tmp_path / "precision.json"
    assert not is_settled("auto", cache)
    choose_dtype("auto", tiny_weights, "max", cache)
    monkeypatch.setattr("platform.node", lambda: "3f9a0c1d2e4b")
    assert is_settled("auto", cache)
    assert not is_settled("auto", cache, network="compact")
    monkeypatch.setattr("engine.backbones.precision.processor_model", lambda: "Intel Xeon")
    assert not is_settled("auto", cache)


def test_a_choice_that_needs_no_measuring_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_settled("float32", tmp_path / "none.json")
    monkeypatch.setattr("engine.backbones.precision.has_bfloat16", lambda: False)
    assert is_settled("auto", tmp_path / "none.json")


def test_an_unreadable_or_unwritable_cache_does_no_harm(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.backbones.precision._step_seconds", lambda *args: len(args[2]))
    (tmp_path / "file").write_text("{[")
    assert choose_dtype("auto", tiny_weights, "max", tmp_path / "file") == tf.float32
    assert choose_dtype("auto", tiny_weights, "max", tmp_path / "file" / "below") == tf.float32


def test_a_given_precision_is_not_measured(tiny_weights: Path) -> None:
    assert choose_dtype("bfloat16", tiny_weights, "max", None) == tf.bfloat16
