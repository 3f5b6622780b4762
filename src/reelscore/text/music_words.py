"""Words that the grammar of negation knows: what can be left out of music, and what music can be like.

A negation reaches as far as the thing that it turns: "no drums calm piano" leaves out the drums alone. So the
grammar has to know where a thing ends. The lists hold what people leave out; a word that is in none of them
still can be turned, only its end is less sure.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What plays or sings, and the parts of music: nouns in the singular.
INSTRUMENTS = _words(
    """808 accordion acoustics arpeggio bagpipe balafon banjo bass bassline bassoon beat bell bongo brass
    cello celesta chant chime choir choral chorus clap handclap clarinet clavichord conga cowbell cymbal
    dialogue distortion djembe drum drummer drumming drumbeat dulcimer duduk erhu fiddle fiddler flute
    glockenspiel gong guitar guitarist hammond harmonica harmonium harmony harp harpsichord hihat horn hum
    humming instrument kalimba kazoo keyboard kick kickdrum koto lute lyric lyrics mallet mandolin maraca
    marimba melody melodica mellotron metronome moog narration oboe ocarina orchestra orchestration organ oud
    pad panpipe percussion percussionist pianist piano piccolo rapper rapping recorder reverb rhodes rhythm
    riff sample sax saxophone scream screaming shaker shamisen shouting singer singing singalong sitar snare
    solo soprano speech spinet string strumming sub subbass synth synthesizer synthesiser tabla taiko talking
    tambourine tenor theremin timpani tom tremolo triangle trombone trumpet trumpeter tuba tune ukulele
    vibraphone vibe viola violin violinist vocal vocalist vocalisation vocalization voice vuvuzela whisper
    whispering whistle whistling woodwind word xylophone yodel yodelling yodeling zither autotune vocoder
    applause crowd audience noise bassoonist cellist crooner diva rap-verse verse hook bridge intro outro
    breakdown buildup drop crescendo breakbeat backbeat scratching turntable static hiss crackle birdsong
    rain thunder siren explosion sound effect foley click ticking tempo"""
)
GENRES = _words(
    """ambient americana afrobeat baroque bebop bhangra bluegrass blues bollywood bossa breakbeat britpop
    calypso celtic chillhop chillout chiptune classical country cumbia dance dancehall darksynth deathcore
    disco downtempo drill drone dub dubstep edm electro electronic electronica electropop emo eurodance
    flamenco folk funk gabber garage gospel grime grunge hardcore hardstyle hiphop house idm indie industrial
    jazz jungle klezmer latin lofi mariachi march metal metalcore motown muzak opera polka pop psytrance punk
    raga ragtime rap reggae reggaeton rnb rock rockabilly salsa samba shoegaze ska soul swing symphonic
    synthpop synthwave tango techno trance trap trip-hop trot vaporwave waltz western zouk orchestral
    cinematic soundtrack"""
)
# Nouns that end what a thing began: "guitar solos", "jazz music". Alone they only say that music is meant.
HEADS = _words(
    """music song track tune sound sounding noise style vibe feel feeling piece number recording part section
    line loop solo riff chord pad stab chop hit fill drop roll lead kit machine sample beat effect pattern
    run break theme ballad anthem melody arrangement ensemble band group hop stuff thing instrument orchestra
    choir vocal voice singer singing lyric player playing rhythm tone layer bassline content element"""
)
GENERIC = _words(
    "music song track tune sound piece stuff thing recording number style content element anything"
)
# What music is like: adjectives, which one negation turns one at a time.
QUALITIES = _words(
    """abrasive acoustic aggressive airy angry anxious atmospheric bad beautiful big bitter bland boring
    bouncy brash bright brisk brooding brutal busy calm catchy cheerful cheery cheesy chill chilled chilling
    cinematic clean cold comic complex cool corny crazy creepy crisp cute danceable dark deep delicate
    depressing depressive dirty dissonant distorted dramatic dreamy driving dry dull dynamic edgy eerie
    electric elegant emotional energetic energising energizing epic ethereal exciting explosive fast female
    festive fierce flat frantic frenetic fresh funky funny gentle gloomy gothic grand gritty groovy happy
    hard harsh haunting heavy hectic heroic high hopeful hot hypnotic insane inspiring intense intimate
    jarring jazzy jolly joyful kitschy late laidback lazy light lively lonely loud low lush magical majestic
    male manic mechanical melancholic melancholy mellow melodic menacing messy mighty minimal minor modern
    monotonous moody mournful mysterious nervous noisy nostalgic old ominous orchestral passionate peaceful
    playful plain poppy powerful prominent punchy quick quiet quirky rapid raw relaxed relaxing repetitive
    retro rhythmic rich robotic romantic rough rushed sad scary sentimental serene serious sharp shouty
    shrill silly simple sinister sleepy slow smooth sombre somber soft solemn soothing sparse spiritual
    spooky steady strange stressful strong sweet swinging syncopated synthetic tense tender thick thin tight
    tiring traditional tragic trippy triumphant ugly upbeat uplifting uptempo vintage violent vocal-heavy
    warm weird wild young"""
)
# What people want to be free of beside music: "stress free".
BURDENS = _words("anger anxiety clutter distraction drama fear noise sadness stress tension worry")

_IRREGULAR = {
    "basses": "bass",
    "lyrics": "lyric",
    "brasses": "brass",
    "choruses": "chorus",
    "voices": "voice",
}


def singular(word: str) -> str:
    """A noun without the s of its plural; what ends in "ss" or is a genre of its own stays."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in GENRES or word.endswith(("ss", "us")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def is_thing(word: str) -> bool:
    """Whether a word names something that can be left out: an instrument, a genre, a part of music."""
    one = singular(word)
    return one in INSTRUMENTS or word in GENRES or one in HEADS


def is_music_word(word: str) -> bool:
    """Whether a word says something of music: a thing or a quality."""
    return is_thing(word) or word in QUALITIES


def is_sound_word(word: str) -> bool:
    """The same without the nouns that only say that music is meant: "hold the line" holds no sound."""
    return singular(word) in INSTRUMENTS or word in GENRES or word in QUALITIES
