#!/usr/bin/env bash
# wave-bwf-rf64: a take of Broadcast Wave that was recorded in the afternoon has a negative time, and high and low are swapped.
#
# Versions: wave-bwf-rf64 2.1.0 (of September 2026, the reader and writer of the EBU's ADM toolbox); wavinfo 4.0.1 beside it, both on PyPI.
# Source:   files whose bext chunk counts 08:00, 12:00, 12:30, 16:00 and 23:59 in samples of 48 kHz, and 10:00 in samples of 96 kHz, read
#           by get_bext_time_reference, which is documented as "returns [high, low]"; and the hour 01:00 written as [high, low].
# Expected: what wavinfo reads: the seconds of these times. EBU Tech 3285 has TimeReferenceLow and -High, each unsigned, low first.
# Seen:     [low, high], the other way round; and from 12:25:39 on at 48 kHz (06:12:49 at 96 kHz) low is negative, since both words are taken
#           as signed: 16:00 is -08:51:19. Written as documented, [0, 172800000] is 490,000 years after midnight; as [172800000, 0] it is right.
# Why it hurts: this number is where a recorder's take lies on the film. Whatever was recorded after lunch lands a day (24:51:18) too early,
#           and takes of the morning, with which one tries it, are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check wave-bwf-rf64==2.1.0 wavinfo==4.0.1

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import struct

import wave_bwf_rf64
import wavinfo


def take(rate, seconds):
    count = rate * seconds
    words = (count & 0xFFFFFFFF, count >> 32)
    bext = struct.pack("<256s32s32s10s8s2IH64s10s180s", b"", b"", b"", b"2026-11-30", b"00:00:00", *words, 1, b"", b"", b"")
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    chunks = [(b"bext", bext), (b"fmt ", form), (b"data", bytes(200))]
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    with open("take.wav", "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)
    reader = wave_bwf_rf64.open("take.wav", "r")
    reader.read_bext()
    told = reader.get_bext_time_reference()
    reader.close()
    return told, wavinfo.WavInfoReader("take.wav").bext.time_reference / rate


for rate, hours in ((48000, 8), (48000, 12), (48000, 12.5), (48000, 16), (48000, 23 + 59 / 60), (96000, 10)):
    seconds = round(3600 * hours)
    (first, second), right = take(rate, seconds)
    print(f"{rate} Hz, {hours:5.2f} h: {first / rate:10.2f} s and {second}; wavinfo {right:.0f} s")
    assert right == seconds
    late = rate * seconds >= 2**31
    assert (first, second) == (rate * seconds - late * 2**32, 0), "it changed"

for words in ([0, 48000 * 3600], [48000 * 3600, 0]):
    writer = wave_bwf_rf64.open("written.wav", "w")
    writer.setnchannels(1)
    writer.setsampwidth(2)
    writer.setframerate(48000)
    writer.set_bext_description(b"")
    writer.set_bext_originator(b"")
    writer.set_bext_originator_reference(b"")
    writer.set_bext_time_reference(words)
    writer.set_bext()
    writer.writeframes(bytes(200))
    writer.close()
    seconds = wavinfo.WavInfoReader("written.wav").bext.time_reference / 48000
    print(words, seconds, "s")
    assert seconds == (3600 if words[0] else 3600 * 2**32), "it changed"
PYTHON
