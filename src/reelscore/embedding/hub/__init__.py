"""The model store that CLAP and CLIP share: known models, downloads, folders, loaded copies."""
