"""Errors of retrieval.

RetrievalError
├── ModelError               an embedding model cannot be used
│   ├── ModelNotFound        the model's files are not on this machine
│   ├── ModelCorrupted       a file of the model does not have the expected hash
│   └── ModelExportError     the model could not be turned into ONNX
├── StoreError               the vector store cannot do what was asked
│   ├── StoreUnavailable     the store cannot be reached or opened now; it may come back, so callers retry later
│   ├── NoRelease            nothing was ever published, so there is nothing to search
│   ├── ReleaseNotFound      no complete release has this id
│   └── StoreBusy            another process is building into this store
├── RerankerUnavailable      the reranker cannot be reached or answers nonsense; searches go on without it
├── TestSetError             a file of a test set is missing or malformed
├── LexiconError             a lexicon of the gloss is malformed
├── EmptyIndex               a release without a single section was about to replace the served one
└── IndexMismatch            the release was built with another embedder than the one in use

Messages are lower case, give the bad value in backticks, and say what to do.
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of every error raised by retrieval on purpose."""


class ModelError(RetrievalError):
    """An embedding model cannot be used."""


class ModelNotFound(ModelError):
    """The model's files are not on this machine."""


class ModelCorrupted(ModelError):
    """A file of the model does not have the expected hash."""


class ModelExportError(ModelError):
    """The model could not be turned into ONNX."""


class StoreError(RetrievalError):
    """The vector store cannot do what was asked."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or opened now; it may come back."""


class NoRelease(StoreError):
    """Nothing was ever published, so there is nothing to search."""


class ReleaseNotFound(StoreError):
    """No complete release has this id."""


class StoreBusy(StoreError):
    """Another process is building into this store."""


class RerankerUnavailable(RetrievalError):
    """The reranker cannot be reached or answers nonsense; searches go on without it."""


class TestSetError(RetrievalError):
    """A file of a test set is missing or malformed."""

    __test__ = False


class LexiconError(RetrievalError):
    """A lexicon of the gloss is malformed."""


class EmptyIndex(RetrievalError):
    """A release without a single section was about to replace the served one."""


class IndexMismatch(RetrievalError):
    """The release was built with another embedder than the one in use."""
