"""Styles for the voices of `render_voices.py`: chip music, club music, electronic ambience, distorted guitars.

The table reads like that of `render_recipes.py`. An instrument named `gm:NAME` is played by the soundfont,
the others by the voices here; `kit` names the drum machine, or `gm` for the soundfont's drums.
"""

# ruff: noqa: E501  # the table is read by its columns

from __future__ import annotations

from render_recipes import BUSY, LOUD, MAJ, MIN, SLOW, SOFT, Style, _style

# Voice -> the axes that it is an example of.
VOICE_LABELS = {
    "pulse12": "chip", "pulse25": "chip", "pulse50": "chip", "triangle4": "chip", "sid": "chip", "chiparp": "chip",
    "fmlead": "synth-lead synth", "fmbass": "synth-bass synth bass", "fmbell": "bell-like bells", "rhodes": "electric-piano",
    "supersaw": "synth-lead synth", "sawlead": "synth-lead synth", "sawbass": "synth-bass synth bass",
    "acid": "synth-bass synth bass", "sub808": "synth-bass bass", "reese": "synth-bass synth bass",
    "wobble": "synth-bass synth bass", "pluck": "synth", "warmpad": "synth-pad synth", "sinepad": "synth-pad synth",
    "vowel": "choir", "bowed": "strings string-ensemble", "string": "acoustic-guitar guitar plucked",
    "muted": "electric-guitar guitar", "dist:string": "distorted-guitar electric-guitar guitar",
    "dist:muted": "distorted-guitar electric-guitar guitar",
}  # fmt: skip

CHIP = "mel:melody:pulse12|pulse25|pulse50|sid:1 har:arp16:pulse12|pulse25|chiparp:.6 bas:roots8:triangle4:1"
ELECTRONIC_STYLES: tuple[tuple[str, Style], ...] = (
    ("chip", _style("chip platformer", (120, 170), "major mixolydian pentatonic", MAJ, CHIP, "chiptune happy playful energetic cheerful retro cute", "rock polka punk", density=BUSY)),
    ("chip", _style("chip battle", (140, 190), "minor harmonic dorian", MIN, CHIP.replace("roots8", "octaves"), "chiptune action energetic battle retro dark", "rock2 punk", density=BUSY)),
    ("chip", _style("chip town", (80, 115), "major lydian", MAJ, "mel:melody:pulse25|pulse50|sid:1 har:arp:pulse12|pulse50:.6 bas:roots:triangle4:.9", "chiptune calm retro cute happy", "", level=SOFT)),
    ("chip", _style("chip dungeon", (70, 120), "octatonic phrygian harmonic", "strange minor static", "mel:melody:pulse12|sid:1 har:arp:pulse25|chiparp:.6 bas:rootlong:triangle4:.9", "chiptune dark mysterious spooky retro tense", "")),
    ("chip", _style("chip computer", (110, 150), "minor dorian", MIN, "mel:melody:sid|fmlead:1 har:quarters:chiparp:.7 bas:octaves:sid|fmbass:.9", "chiptune retro energetic synthetic", "rock house", density=BUSY)),
    ("chip", _style("chip solo", (90, 160), "major minor", "major minor", "mel:melody:pulse12|pulse25|pulse50:1 bas:roots8:triangle4|pulse25:.8", "chiptune retro", "", density=BUSY)),
    ("909", _style("techno", (124, 142), "minor phrygian", "static", "bas:roots16:acid|sawbass:.9 har:stabs:pluck|supersaw:.5? har:pad:warmpad:.4?", "techno electronic dance club dark driving energetic hypnotic", "techno", level=LOUD)),
    ("909", _style("acid techno", (128, 145), "minor blues", "static", "bas:ostinato16:acid:1 har:pad:sinepad:.3?", "techno acid electronic dance club driving energetic", "techno house", level=LOUD)),
    ("909", _style("house", (118, 128), "dorian minor major", "jazz minor static", "har:stabs:rhodes|pluck|gm:piano|supersaw:.8 bas:syncopated:sawbass|fmbass:.9 mel:melody:pluck|vowel|gm:sax:.5? har:pad:warmpad:.4?", "house electronic dance club groovy party", "house", sevenths=True)),
    ("909", _style("trance", (132, 145), "minor harmonic", MIN, "mel:melody:supersaw:1 har:arp16:pluck|supersaw:.7 bas:stabs:sawbass:1 har:pad:warmpad:.6", "trance electronic dance club uplifting energetic euphoric", "trance", level=LOUD)),
    ("909", _style("eurodance", (128, 150), "minor major", "minor major", "mel:melody:supersaw|sawlead|gm:piano:1 har:stabs:supersaw|gm:synthbrass:.7 bas:stabs:sawbass|fmbass:1", "eurodance electronic dance party energetic happy pop", "house trance", level=LOUD)),
    ("909", _style("electro pop", (105, 128), "minor major", "minor major", "mel:melody:sawlead|pluck|fmlead:.9 har:arp16:pluck:.6 bas:octaves:sawbass|fmbass:.9 har:pad:warmpad:.5", "electropop electronic dance synthpop", "house disco")),
    ("909", _style("synthwave", (84, 118), "minor dorian", MIN, "mel:melody:sawlead|supersaw|gm:synthbrass:.9 bas:roots8:sawbass:1 har:pad:warmpad|gm:synthstrings:.8 har:arp16:pluck|sid:.5?", "synthwave electronic retro 80s night driving nostalgic", "rock disco")),
    ("909", _style("disco", (112, 126), "minor dorian major", "minor jazz", "bas:octaves:gm:ebass|sawbass:1 har:stabs:gm:clean:.8 har:pad:gm:strings|gm:synthstrings:.8 mel:melody:gm:strings|gm:brass|gm:flute:.8", "disco dance funk party groovy 70s happy", "disco")),
    ("909", _style("drum and bass", (165, 178), "minor phrygian dorian", "minor static", "bas:roots:reese|wobble:1 har:pad:warmpad|sinepad:.6 mel:sparse:pluck|fmbell|rhodes:.5?", "drum-and-bass electronic energetic fast dance breakbeat", "dnb break", level=LOUD)),
    ("909", _style("breakbeat", (125, 145), "minor dorian", "static minor", "bas:syncopated:sawbass|reese|acid:1 har:stabs:pluck|gm:hammond:.6? mel:sparse:sawlead|fmbell:.5?", "breakbeat electronic dance energetic groovy", "break funk")),
    ("808", _style("dubstep", (138, 144), "minor phrygian", "static minor", "bas:rootlong:wobble:1.2 bas:roots:wobble:.7 mel:sparse:sawlead|supersaw:.5? har:pad:warmpad:.4?", "dubstep electronic aggressive dark bass-heavy", "dubstep", level=LOUD)),
    ("808", _style("trap", (66, 78), "minor harmonic phrygian", "static minor", "bas:syncopated:sub808:1.2 mel:melody:fmbell|pluck|gm:flute|gm:piano|string:.6 har:pad:warmpad|vowel|gm:strings|gm:brass:.4?", "trap hip-hop dark beats urban bass-heavy", "trap", level=LOUD)),
    ("808", _style("hip hop", (82, 98), "minor dorian", "jazz minor static", "bas:syncopated:sub808|gm:ebass:1 har:quarters:rhodes|gm:piano|string:.8 mel:sparse:gm:flute|gm:trumpet|gm:strings|fmbell:.5?", "hip-hop beats urban groovy boom-bap", "boombap", sevenths=True)),
    ("808", _style("lofi", (68, 88), "dorian major minor", "jazz", "har:quarters:rhodes|gm:epiano|gm:piano|gm:jazzguitar:1 bas:roots:gm:upright|gm:ebass|sub808:.8 mel:sparse:string|rhodes|gm:vibes|gm:sax:.6?", "lo-fi hip-hop beats relaxed chill calm study nostalgic", "lofi", sevenths=True, level=SOFT)),
    ("808", _style("downtempo", (80, 105), "dorian minor", "jazz static minor", "har:pad:warmpad|sinepad:.9 bas:syncopated:sawbass|sub808|gm:ebass:.8 mel:melody:rhodes|pluck|gm:piano|fmbell:.7", "downtempo chillout electronic relaxed chill lounge", "boombap lofi break", sevenths=True, level=SOFT)),
    ("none", _style("ambient", (50, 80), "major lydian dorian", "static modal major", "har:pad:warmpad|sinepad|vowel:1 top:pad:sinepad|bowed:.5 mel:sparse:fmbell|sinepad|gm:piano:.5?", "ambient calm electronic dreamy ethereal meditative relaxed slow atmospheric space", level=SOFT, density=SLOW)),
    ("none", _style("dark ambient", (40, 70), "phrygian octatonic minor", "static", "bas:drone:warmpad|reese|bowed:1 har:cluster:sinepad|vowel|bowed:.7 mel:sparse:fmbell:.4?", "dark-ambient ambient drone dark ominous horror spooky tense atmospheric slow", level=SOFT, density=SLOW)),
    ("none", _style("drone", (40, 60), "minor dorian major", "static", "bas:drone:warmpad|sinepad|bowed|reese:1 har:drone:sinepad|vowel|warmpad:.8", "drone ambient atmospheric slow meditative static", level=SOFT, density=SLOW)),
    ("none", _style("space", (60, 100), "lydian dorian minor", "modal minor", "har:pad:warmpad|sinepad|vowel:1 har:arp16:pluck|fmbell|sinepad:.5 bas:rootlong:sawbass|warmpad:.6", "space ambient electronic atmospheric sci-fi futuristic dreamy", level=SOFT)),
    ("909", _style("industrial", (95, 130), "phrygian minor octatonic", "static", "har:power:dist:muted|dist:string:.9 bas:roots16:acid|reese|sawbass:1 mel:sparse:sawlead|fmbell:.4?", "industrial electronic aggressive dark heavy energetic", "techno rock break", level=LOUD)),
    ("909", _style("sci-fi action", (115, 140), "minor phrygian", "minor static", "bas:ostinato16:sawbass|acid:.9 har:pad:gm:strings|gm:brass|warmpad:.9 mel:melody:sawlead|gm:horn|gm:strings:.7", "electronic cinematic action tense sci-fi energetic dark hybrid", "break rock techno", level=LOUD)),
    ("gm", _style("heavy metal", (120, 180), "minor phrygian harmonic", "minor modal", "har:gallop:dist:muted:1 har:powerlong:dist:string:.7 bas:roots8:gm:ebass:.9 mel:melody:dist:string:.7?", "metal rock heavy aggressive energetic dark guitar-driven loud", "metal rock2 blast", level=LOUD, density=BUSY)),
    ("gm", _style("hard rock", (110, 150), "minor mixolydian blues", "modal blues minor", "har:power:dist:string|dist:muted:1 bas:roots8:gm:ebass:.9 mel:melody:dist:string:.7?", "hard-rock rock heavy energetic guitar-driven loud aggressive", "rock rock2", level=LOUD)),
    ("gm", _style("punk", (165, 200), "major mixolydian", MAJ, "har:power:dist:string:1 bas:roots8:gm:ebass:1", "punk rock energetic fast aggressive guitar-driven loud", "punk", level=LOUD)),
    ("gm", _style("doom metal", (55, 80), "phrygian minor", "modal static", "har:powerlong:dist:string:1 bas:rootlong:gm:ebass:1 mel:sparse:dist:string:.5?", "metal doom heavy dark slow guitar-driven loud", "ballad rock", level=LOUD)),
    ("gm", _style("rock anthem", (100, 140), "major mixolydian minor", "major minor", "har:power:dist:string:.9 bas:roots8:gm:ebass:.8 mel:melody:dist:string|gm:saw|gm:hammond:.9 har:pad:gm:strings|gm:hammond:.4?", "rock uplifting energetic guitar-driven heroic", "rock rock2", level=LOUD)),
    ("gm", _style("surf rock", (130, 170), "minor harmonic blues", "minor blues", "mel:melody:string|gm:clean:1 har:eighths:string|gm:clean:.7 bas:roots8:gm:ebass:.8", "surf rock retro energetic guitar-driven", "rock ska", density=BUSY)),
    ("gm", _style("symphonic metal", (120, 170), "minor harmonic", MIN, "har:gallop:dist:muted:1 mel:melody:gm:strings|gm:brass|vowel|bowed:.9 har:pad:gm:choir|vowel|bowed:.8 bas:roots8:gm:ebass:.8", "metal symphonic epic heavy energetic dramatic orchestral-rock", "metal rock2", level=LOUD)),
    ("none", _style("synth strings", (50, 120), "minor major", "minor major", "mel:melody:bowed:1 har:pad:bowed:.8 bas:roots:bowed:.7", "orchestral", density=(0.1, 0.6))),
    ("none", _style("synth choir", (50, 110), "minor major dorian", "minor major modal", "har:hymn:vowel:1 mel:melody:vowel:.5?", "choral", density=(0.1, 0.6))),
    ("none", _style("synth solo", (70, 150), "minor major", "minor major", "mel:melody:sawlead|supersaw|fmlead|pluck:1 bas:roots8:sawbass|fmbass|sub808:.8", "electronic", "", density=BUSY)),
    ("none", _style("bell solo", (60, 120), "major minor", "major minor", "mel:melody:fmbell:1 har:arp:fmbell:.5?", "", "", density=(0.1, 0.7))),
    ("gm", _style("distorted solo", (80, 160), "blues minor", "minor blues", "mel:melody:dist:string:1 har:power:dist:string|dist:muted:.6?", "guitar-driven", "rock ballad", level=LOUD)),
    ("none", _style("plucked solo", (70, 130), "major minor dorian", "major minor", "har:arp:string:1 mel:melody:string:.8 bas:roots:string:.6?", "acoustic solo-guitar", "")),
)  # fmt: skip
