"""Pure measurements of pictures and sound: cuts, dissolves, camera, light, sections, speech."""
