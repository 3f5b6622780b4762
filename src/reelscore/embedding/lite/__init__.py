"""The bundled text-audio model: taggers and measured descriptors on one side, words on the other."""
