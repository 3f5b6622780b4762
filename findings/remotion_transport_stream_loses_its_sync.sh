#!/usr/bin/env bash
# @remotion/media-parser (npm): in a transport stream sound and picture both begin at 0, whoever began later, and sound runs in steps.
#
# Versions: @remotion/media-parser 4.0.529 (of 2026) with mediabunny 1.61.0 beside it on npm; FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1) writes the files.
# Source:   four seconds of H.264 and AAC as MPEG-TS, the sound a second after the picture, a second before it, or with it; the first
#           timestamps that parseMedia gives to onVideoTrack and onAudioTrack. The same as MP4.
# Expected: the sound 1 s after the picture, 1 s before, and with it, as the stream's clock (PTS) has them, and mediabunny too; a frame of
#           sound each 21.3 ms.
# Seen:     in the transport stream the sound is .083 s before the picture in all three: the first time stamp (DTS) of each track is taken
#           away from that track alone. The frames that one packet holds all get its time (0, 0, 0, ..). In MP4 all is right.
# Why it hurts: segments of HLS, recordings of television and of cameras are such streams, and sound that starts later is usual in
#           them. What is cut, converted or laid under a timeline by these times is out of sync, by a second here, and nothing says so.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1
npm install --silent --no-audit --no-fund --prefix "$folder" @remotion/media-parser@4.0.529 mediabunny@1.61.0
ffmpeg=$("$folder/venv/bin/python" -c "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())")

for container in ts mp4; do
    for begins in "0 1" "1 0" "0 0"; do
        read -r picture sound <<<"$begins"
        "$ffmpeg" -nostdin -loglevel error -threads 1 \
            -itsoffset "$picture" -f lavfi -i testsrc=rate=24:size=128x96:duration=4 \
            -itsoffset "$sound" -f lavfi -i sine=frequency=440:sample_rate=48000:duration=4 \
            -c:v libx264 -threads:v 1 -pix_fmt yuv420p -c:a aac "$folder/$picture$sound.$container"
    done
done

cat >"$folder/times.mjs" <<'JAVASCRIPT'
import assert from "node:assert";
import fs from "node:fs";
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from "mediabunny";
import { parseMedia } from "@remotion/media-parser";
import { nodeReader } from "@remotion/media-parser/node";

async function byRemotion(src) {
  const picture = [];
  const sound = [];
  const onVideoTrack = () => (sample) => void picture.push(sample.timestamp / 1e6);
  const onAudioTrack = () => (sample) => void sound.push(sample.timestamp / 1e6);
  await parseMedia({ src, reader: nodeReader, onVideoTrack, onAudioTrack, acknowledgeRemotionLicense: true });
  return { behind: sound[0] - picture[0], steps: sound.slice(0, 4).map((time) => Number((time - sound[0]).toFixed(3))) };
}

async function byMediabunny(src) {
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(fs.readFileSync(src)) });
  const tracks = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  const [picture, sound] = await Promise.all(tracks.map((track) => new EncodedPacketSink(track).getFirstPacket()));
  return sound.timestamp - picture.timestamp;
}

for (const container of ["mp4", "ts"]) {
  for (const [name, wanted] of [["01", 1], ["10", -1], ["00", 0]]) {
    const path = `${process.argv[2]}/${name}.${container}`;
    const seen = await byRemotion(path);
    const other = await byMediabunny(path);
    console.log(container, "wanted", wanted, "mediabunny", other.toFixed(3), "remotion", seen.behind.toFixed(3), seen.steps);
    assert(Math.abs(other - wanted) < 0.05, "mediabunny reads it otherwise");
    const expected = container === "mp4" ? wanted : -0.083;
    assert(Math.abs(seen.behind - expected) < 0.05, "it changed");
    assert.deepStrictEqual(seen.steps, container === "mp4" ? [0, 0.021, 0.043, 0.064] : [0, 0, 0, 0], "it changed");
  }
}
JAVASCRIPT
node "$folder/times.mjs" "$folder"
