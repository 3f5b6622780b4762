"""Words that say nothing of the music: the one list, which the readers of words share.

Most are the frame of a request: "find me some music with", "songs like". The sound side passes over more of
them, since to it a word of no meaning is only noise; to the search for names "Perfect" and "Free" are
titles.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FRAME = _words(
    """a about album an and any are artist artists as at band based be best but by can clip could featuring
    feel feeling find for from genre get give good great i im in into is it its kind like looking make me
    mood music my need nice of on one or our part piece pieces play please scene should show some something
    song songs sound sounding sounds style suitable that the these this those to track tracks tune tunes two
    type version vibe vibes video videos want we what when where which while will with would you your"""
)
# Beside them, what names nothing: also articles of other languages, and the words that negate.
NO_NAMES = FRAME | _words(
    """albums das de del der des die du el et feat ft la le les los del von und no not nor without similar
    singer versions"""
)
# Beside them, what sounds like nothing.
NO_SOUND = FRAME | _words(
    """another approximately around audio bands big bpm clips composition copyright cover down each every
    feature features feels fit fitting footage free full has have having he her his hit hits how ideal
    instrument instruments let lets library licence license lot lots made many moods much no1 other out over
    parts perfect played playing recording remix roughly royalty scenes section set she small sort stock
    styled suited tempo them there they top under up use used using who whole"""
)
# What connects a wish to what was said before: "but with some piano, please".
CONNECTING = _words(
    """a also an and at all here but add and can could do does for give i id in is it its just like make me
    more music of only or please put rather should some something that the then there to too use want we with
    would you lots plenty bit little instead song track"""
)
