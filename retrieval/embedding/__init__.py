"""Embedders: ONNX Runtime for the default model, sentence-transformers for any other, hashing for tests."""
