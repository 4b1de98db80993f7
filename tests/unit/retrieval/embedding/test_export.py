"""Exported models: complete, verified, atomic. The export itself is run by the contract suite."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from retrieval.embedding import export, minilm
from retrieval.embedding.export import Precision, ensure_exported, export_model, exported_dir, main, verify_exported
from retrieval.embedding.onnx import OnnxEmbedder, load_minilm
from retrieval.errors import ModelCorrupted, ModelExportError, ModelNotFound


def fake_model(folder: Path, content: bytes = b"model") -> None:
    folder.mkdir(parents=True)
    files = {}
    for name in (export.MODEL_FILE, export.TOKENIZER_FILE):
        (folder / name).write_bytes(content)
        files[name] = hashlib.sha256(content).hexdigest()
    manifest = {"model": "m", "precision": "int8", "source_sha256": "0" * 64, "files": files}
    (folder / export.MANIFEST_FILE).write_text(json.dumps(manifest))


def test_a_complete_model_is_verified(tmp_path: Path) -> None:
    fake_model(tmp_path / "m")
    assert verify_exported(tmp_path / "m").precision == "int8"


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    fake_model(tmp_path / "m")
    (tmp_path / "m" / export.MODEL_FILE).write_bytes(b"tampered")
    with pytest.raises(ModelCorrupted, match=r"model\.onnx` has sha256"):
        verify_exported(tmp_path / "m")
    (tmp_path / "m" / export.MODEL_FILE).unlink()
    with pytest.raises(ModelCorrupted, match="sha256 `missing`"):
        OnnxEmbedder(tmp_path / "m")


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    fake_model(tmp_path / "m")
    (tmp_path / "m" / export.MANIFEST_FILE).write_text("{}")
    with pytest.raises(ModelCorrupted, match="is no model manifest"):
        verify_exported(tmp_path / "m")


def test_a_model_that_was_never_exported_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="make setup"):
        load_minilm(tmp_path, export=False)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    fake_model(tmp_path / "m")
    with pytest.raises(ModelCorrupted, match="cannot be loaded"):
        OnnxEmbedder(tmp_path / "m")


def test_it_is_exported_once_and_again_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exports: list[Precision] = []

    def fake_export(source: Path, target: Path, precision: Precision) -> None:
        exports.append(precision)
        target.rmdir()
        fake_model(target)

    monkeypatch.setattr(export, "_export", fake_export)
    monkeypatch.setattr(export, "_export_elsewhere", export_model)
    folder = ensure_exported(tmp_path, "int8")
    assert folder == exported_dir(tmp_path, "int8")
    ensure_exported(tmp_path, "int8")
    assert exports == ["int8"]
    (folder / export.MODEL_FILE).write_bytes(b"damaged")
    ensure_exported(tmp_path, "int8")
    assert exports == ["int8", "int8"]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_failed_export_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(source: Path, target: Path) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(export, "_to_onnx", fails)
    with pytest.raises(ModelExportError, match="no such operator"):
        export_model(tmp_path, "fp32")
    assert list((tmp_path / "models").iterdir()) == []


def test_the_other_process_may_be_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_export(source: Path, target: Path, precision: Precision) -> None:
        target.rmdir()
        fake_model(target)
        fake_model(exported_dir(tmp_path, precision))

    monkeypatch.setattr(export, "_export", slow_export)
    assert verify_exported(export_model(tmp_path, "int8")).model == "m"


def test_weights_are_checked_before_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"other")
    monkeypatch.setattr(minilm, "model_dir", lambda: tmp_path / "model")
    with pytest.raises(ModelCorrupted, match="reinstall"):
        export_model(tmp_path / "data", "fp32")


def test_the_command_says_what_it_expects(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["somewhere", "int4"]) == 2
    assert "expected: DATA_DIR fp32|int8" in capsys.readouterr().err


def test_the_command_names_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    assert main([str(tmp_path), "fp32"]) == 1
    assert "package `no_such_package` is not installed" in capsys.readouterr().err


def test_a_failure_of_the_other_process_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")
    with pytest.raises(ModelExportError, match=r"could not be exported to ONNX: .*models"):
        ensure_exported(tmp_path, "int8")
