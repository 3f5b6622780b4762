#!/usr/bin/env bash
# jMuxer: films of 60 frames a second are played 4 % too fast, and those of 24 1.6 %: the length of a frame is cut to whole milliseconds.
#
# Versions: jmuxer 2.1.1 (of 2026) on npm; FFmpeg 5.1 of Debian 12 makes the streams and reads what comes out.
# Source:   H.264 of 10 s at 24, 25, 30 and 60 a second, fed by frames to a JMuxer with that fps; AAC of 10 s at 48 and 44.1 kHz, fed by frames
#           with their duration (21.333 and 23.220 ms, as each frame has 1024 samples). Its stream for Node gives the MP4.
# Expected: frames at n / fps and n * 1024 / rate: fps is "frame rate of the video", and duration is "in milliseconds", a number in JavaScript.
# Seen:     steps of 41, 40, 33 and 16 ms, of 21 and 23 ms: (1000 / fps) | 0 and parseInt(duration) in jmuxer.js. An hour of 24, 30 or 60
#           ends 58, 36 or 144 s early, and the sound 56 or 34 s. At 25 it's right. (readFpsFromTrack rounds up instead.)
# Why it hurts: it plays cameras and players' raw streams in web pages, and 25 is what its examples have. Sound and picture drift apart, cues
#           that are laid by the clock come late, and the buffer of a live stream runs dry again and again.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" jmuxer@2.1.1
cp node_modules/jmuxer/dist/jmuxer.js jmuxer.cjs # the package says that it is a module, its file is CommonJS

cat >mux.cjs <<'JAVASCRIPT'
const fs = require("node:fs");
const JMuxer = require("./jmuxer.cjs");

const [kind, path, out, number] = process.argv.slice(2);
const bytes = new Uint8Array(fs.readFileSync(path));
const begins = [];
if (kind === "video") {
  // frames begin with an access unit delimiter
  for (let at = 0; at + 4 < bytes.length; at += 1)
    if (!bytes[at] && !bytes[at + 1] && !bytes[at + 2] && bytes[at + 3] === 1 && (bytes[at + 4] & 31) === 9) begins.push(at);
} else {
  for (let at = 0; at < bytes.length; at += ((bytes[at + 3] & 3) << 11) | (bytes[at + 4] << 3) | (bytes[at + 5] >> 5)) begins.push(at);
}
const muxer = new JMuxer({ mode: kind, flushingTime: 0, ...(kind === "video" && { fps: Number(number) }) });
const stream = muxer.createStream();
const parts = [];
stream.on("data", (part) => parts.push(part));
begins.forEach((begin, index) => {
  const frame = bytes.slice(begin, begins[index + 1]);
  stream.write(kind === "video" ? { video: frame } : { audio: frame, duration: Number(number) });
});
setTimeout(() => {
  fs.writeFileSync(out, Buffer.concat(parts));
  process.exit(0);
}, 1500);
JAVASCRIPT

step() { # milliseconds from a frame to the next, from the first and the last that came out
    node mux.cjs "$@"
    ffprobe -v error -show_entries packet=pts_time -of csv=p=0 "$3" | tr -d , |
        awk 'NR == 1 { first = $1 } { last = $1 } END { if (NR < 200) exit 1; printf "%.3f", 1000 * (last - first) / (NR - 1) }'
}

seen=""
for rate in 24 25 30 60; do
    ffmpeg -v error -f lavfi -i "testsrc2=r=$rate:d=10:s=160x120" -c:v libx264 -bf 0 -g "$rate" -x264-params aud=1 -f h264 "$rate.h264"
    seen+="$(step video "$rate.h264" "$rate.mp4" "$rate") "
done
for rate in 48000 44100; do
    ffmpeg -v error -f lavfi -i "sine=440:r=$rate:d=10" -c:a aac -f adts "$rate.aac"
    seen+="$(step audio "$rate.aac" "$rate.mp4" "$(awk "BEGIN { print 1024000 / $rate }")") "
done
echo "steps in ms at 24, 25, 30 and 60 frames a second, and at 48 and 44.1 kHz: $seen"
[ "$seen" = "41.000 40.000 33.000 16.000 21.000 23.000 " ]
