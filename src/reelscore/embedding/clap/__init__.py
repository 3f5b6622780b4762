"""CLAP on ONNX Runtime: one space for music and words, without PyTorch.

`models` knows the checkpoints by name, `hub` downloads one into a model folder (`folder`), `features` turns
sound into the log-mel windows of the reference, `towers` run them and the words, `embedder` puts it together
behind the contracts of `reelscore.embedding.base`, `check` refuses a checkpoint that does not work, and
`export` makes the files of a checkpoint that has no ONNX export yet. Import the module that you need: the
tokenizer and ONNX Runtime are loaded where they are used.
"""

__all__ = ["check", "embedder", "export", "features", "folder", "hub", "models", "shared", "towers"]
