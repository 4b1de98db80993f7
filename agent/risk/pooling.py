"""The pooled embedding as a second output of an exported encoder, for heads that are fitted later."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from agent.errors import ArtifactError
from agent.risk.classifier import POOLED, read_manifest, version_of

_JOIN: Final = re.compile(r"/(?:towers\.\d+/)?Concat")


def expose_pooled(folder: Path) -> bool:
    """The encoder in the folder of a risk model gives out ``pooled`` beside its logits; the manifest has its new hash. False where
    it did already.

    Raises:
        ArtifactError: the manifest is not valid, or the graph joins nothing that could be its pooled embedding.
    """
    manifest = read_manifest(folder)
    path = folder / "encoder.onnx"
    if not add_pooled(path):
        return False
    hashes = {**manifest.sha256, path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    changed = manifest.model_copy(update={"sha256": hashes, "version": version_of(hashes)})
    (folder / "manifest.json").write_text(changed.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return True


def add_pooled(path: Path) -> bool:
    """``network.Heads`` joins the mean and the first state: what it joins is given out, that of several towers side by side. False
    where it is already."""
    import onnx

    graph = onnx.load(str(path))
    if any(output.name == POOLED for output in graph.graph.output):
        return False
    joins = [node.output[0] for node in graph.graph.node if node.op_type == "Concat" and _JOIN.fullmatch(node.name)]
    if not joins:
        raise ArtifactError(f"`{path}` joins nothing; it is no encoder of ours")
    graph.graph.node.append(onnx.helper.make_node("Concat", joins, [POOLED], axis=-1))
    graph.graph.output.append(
        onnx.helper.make_tensor_value_info(POOLED, onnx.TensorProto.FLOAT, ["batch", "pooled_width"])
    )
    path.write_bytes(graph.SerializeToString())
    return True
