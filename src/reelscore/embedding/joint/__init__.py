"""Joint models: one space for words, music and pictures, so that music is found for a video without words.

They have no ONNX export: what reads words in them reads the other senses too, so that three graphs would hold
it three times. `checkpoint` runs them as they were published, with transformers and PyTorch, which come with
the extra `joint` and are imported in there and nowhere else. A model of this kind that is exported to ONNX
(`audio.onnx`, `image.onnx`, `text.onnx`) needs neither: the towers of CLAP and CLIP run it.
"""
