"""CLAP on ONNX Runtime: one space for music and words, without PyTorch.

`features` turns sound into the log-mel windows of the reference, `embedder` runs them and the words
behind the contracts of `reelscore.embedding.base`, `check` refuses a checkpoint that does not work, and
`export` makes the files of a checkpoint that has no ONNX export yet. The files are kept by
`reelscore.embedding.hub`. Import the module that you need: the tokenizer and ONNX Runtime are loaded
where they are used.
"""
