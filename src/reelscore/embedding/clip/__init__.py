"""CLIP on ONNX Runtime: words for what the pictures of a video show, if the model has been pulled.

`prompts` reads the table of words (`prompts.txt`), `zero_shot` scores them, `pictures` prepares pictures as
the reference does, and `reader` puts it together behind the contract of `reelscore.video.showing`. The files
of the model are kept, fetched and checked by `reelscore.embedding.hub`, as those of CLAP are. Import the
module that you need: the tokenizer and ONNX Runtime are loaded where they are used.
"""
