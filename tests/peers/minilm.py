"""The model of Chroma's default embedding function, without the download.

The function wants a folder with an ONNX graph of all-MiniLM-L6-v2 and its tokenizer. The graph is built
from the weights that the program itself uses, in fp32 and for batches, as the published one is: word,
position and segment embeddings, six layers, the last hidden state. The function itself pads to 256 tokens,
cuts what is longer, takes the mean and normalises.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

# The peer stands on the same weights and the same operators; only how they are put together differs.
from pipelines.index.weights import (
    _HEAD,
    _OPSET,
    DIMENSIONS,
    HEADS,
    LAYERS,
    _Builder,
    _read_weights,
    package_file,
)

if TYPE_CHECKING:
    from onnx import ModelProto

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_COPIED = (
    "config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "vocab.txt",
)
_MASKED = -1e9  # added to the attention on padding

LIMIT = 254
"""Word pieces of a text that the function embeds: 256 less the two special ones."""


def fill(folder: Path) -> None:
    """Fills `folder` with what the function would download there, if need be (a second)."""
    target = folder / "onnx"
    if (target / "model.onnx").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        shutil.copyfile(package_file(name), target / name)
    (target / "model.onnx").write_bytes(_graph().SerializeToString())


def _graph() -> ModelProto:
    """Three inputs (texts, tokens) int64 → last_hidden_state (texts, tokens, 384) float32."""
    from onnx import TensorProto, helper

    b = _Builder(_read_weights())
    length = b.op("Shape", "input_ids", start=1, end=2)
    words = b.op("Gather", b.weight("embeddings.word_embeddings.weight"), "input_ids")
    kinds = b.op("Gather", b.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    positions = b.op(
        "Slice", b.weight("embeddings.position_embeddings.weight"), b.numbers(0), length, b.numbers(0)
    )
    x = b.norm(b.op("Add", b.op("Add", words, positions), kinds), "embeddings.LayerNorm")
    mask = _mask(b)
    for number in range(LAYERS):
        x = _layer(b, x, mask, f"encoder.layer.{number}")
    b.nodes[-1].output[0] = "last_hidden_state"
    shape = ["texts", "tokens"]
    graph = helper.make_graph(
        b.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in _INPUTS],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, DIMENSIONS])],
        list(b.constants.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = 9
    return model


def _mask(b: _Builder) -> str:
    """(texts, 1, 1, tokens): 0 on a token, a large negative number on padding."""
    from onnx import TensorProto

    present = b.op("Cast", "attention_mask", to=int(TensorProto.FLOAT))
    absent = b.op("Sub", b.constant("one", np.array(1, dtype=np.float32)), present)
    away = b.op("Mul", absent, b.constant("masked", np.array(_MASKED, dtype=np.float32)))
    return b.op("Unsqueeze", away, b.numbers(1, 2))


def _layer(b: _Builder, x: str, mask: str, name: str) -> str:
    split = b.numbers(0, 0, HEADS, _HEAD)  # 0 keeps a dimension as it is

    def heads(part: str, order: list[int]) -> str:
        projected = b.dense(x, f"{name}.attention.self.{part}")
        return b.op("Transpose", b.op("Reshape", projected, split), perm=order)

    query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    scale = b.constant("scale", np.array(1 / math.sqrt(_HEAD), dtype=np.float32))
    weights = b.op("Add", b.op("Mul", b.op("MatMul", query, key), scale), mask)
    mixed = b.op("Transpose", b.op("MatMul", b.op("Softmax", weights, axis=-1), value), perm=[0, 2, 1, 3])
    joined = b.op("Reshape", mixed, b.numbers(0, 0, DIMENSIONS))
    x = b.norm(
        b.op("Add", b.dense(joined, f"{name}.attention.output.dense"), x),
        f"{name}.attention.output.LayerNorm",
    )
    wide = b.op("Gelu", b.dense(x, f"{name}.intermediate.dense"))
    return b.norm(b.op("Add", b.dense(wide, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")
