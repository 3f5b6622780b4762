#!/usr/bin/env bash
# midi-writer-js (npm): a tempo change "at tick 512" is written at tick 0, or it pushes notes away from their own ticks.
#
# Versions: midi-writer-js 3.2.1 (of April 2026) on npm; midi-file 1.2.4 on npm reads what it writes.
# Source:   setTempo(120), then setTempo(80, 512), the example in the README ("slow to 80 BPM at tick 512"), with eight
#           quarters of 128 ticks in order, and with eight quarters that have a startTick of 0, 128, .. 896.
# Expected: the second tempo at tick 512 and the notes at 0, 128, .. 896 in both.
# Seen:     in order: both tempos at tick 0, so that the whole piece is played at 80 and its last note begins at 5.25 s for
#           4.25. With startTick: the tempo at 384, and the notes at 128, 256, 384, 384, 384, 512, 640, 768: the first is a beat
#           late and the last a beat early. The event has the tick, and is still written with a delta time of 0.
# Why it hurts: tempo maps and click tracks that hit a cut are written so. The click is wrong from its first beat, and it is
#           wrong in another way if each beat has its own tick.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" midi-writer-js@3.2.1 midi-file@1.2.4

cd "$folder"
node - <<'JAVASCRIPT'
const assert = require("node:assert");
const { parseMidi } = require("midi-file");
const MidiWriter = require("midi-writer-js");

function written(placed) {
  const track = new MidiWriter.Track();
  track.setTempo(120);
  track.setTempo(80, 512);
  for (let beat = 0; beat < 8; beat += 1) {
    const place = placed ? { startTick: 128 * beat } : {};
    track.addEvent(new MidiWriter.NoteEvent({ pitch: ["C4"], duration: "4", ...place }));
  }
  const found = { setTempo: [], noteOn: [], seconds: [] };
  let [tick, now, beat] = [0, 0, 0.5];
  for (const event of parseMidi(Buffer.from(new MidiWriter.Writer([track]).buildFile())).tracks[0]) {
    tick += event.deltaTime;
    now += (beat * event.deltaTime) / 128;
    if (event.type === "setTempo") beat = event.microsecondsPerBeat / 1e6;
    if (event.type in found) found[event.type].push(tick);
    if (event.type === "noteOn") found.seconds.push(now);
  }
  console.log(JSON.stringify(found));
  return found;
}

const wanted = [0, 128, 256, 384, 512, 640, 768, 896];
const ordered = written(false);
assert.deepStrictEqual(ordered.setTempo, [0, 0], "it changed");
assert.deepStrictEqual(ordered.noteOn, wanted, "it changed");
assert.strictEqual(ordered.seconds.at(-1), 7 * 0.75, "it changed"); // 4 * .5 + 3 * .75 = 4.25 is right
const placed = written(true);
assert.deepStrictEqual(placed.noteOn, [128, 256, 384, 384, 384, 512, 640, 768], "it changed");
JAVASCRIPT
