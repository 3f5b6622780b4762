#!/usr/bin/env bash
# @liveinstantly/dash-mpd-parser: a stream named 01 or 1e3 is 1 or 1000 once its manifest is read, and its segments are asked for in the wrong place.
#
# Versions: @liveinstantly/dash-mpd-parser 0.5.0 on npm (its latest); mpd-parser 1.4.0 on npm reads the same manifest rightly.
# Source:   a static DASH manifest of six representations with the ids "01", "1.0", "1e3", "0x10", "12345678901234567890" and "a1", whose
#           SegmentTemplate begins with $RepresentationID$/; parse, getJSON, and getMPD, which writes the manifest again.
# Expected: the six ids. An id is a string (ISO/IEC 23009-1), and stands in the address as it is written.
# Seen:     1, 1, 1000, 16, 12345678901234567000 and "a1", in the JSON and in the manifest that is written again: whatever looks like a number
#           becomes one. "01" and "1.0" are now the same stream, though ids are unique in their period.
# Why it hurts: it is made to read a manifest, change it and pass it on (filterVideoRenditionByBandwidth). Behind it a player gets 404 for the
#           sound of just those films whose packager pads its numbers or hashes names, and the wrong rate where two become one.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @liveinstantly/dash-mpd-parser@0.5.0 mpd-parser@1.4.0

cd "$folder"
cat >ids.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import dash from "@liveinstantly/dash-mpd-parser";
import { parse } from "mpd-parser";

const IDS = ["01", "1.0", "1e3", "0x10", "12345678901234567890", "a1"];
const streams = IDS.map((id, k) => `<Representation id="${id}" bandwidth="${64000 + k}" codecs="mp4a.40.2"/>`).join("");
const text = `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S" minBufferTime="PT2S"
 profiles="urn:mpeg:dash:profile:isoff-live:2011"><Period id="p"><AdaptationSet mimeType="audio/mp4" lang="en">
<SegmentTemplate timescale="48000" media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init.mp4"
 duration="96000" startNumber="1"/>${streams}</AdaptationSet></Period></MPD>`;

const manifest = new dash.DashMPD();
manifest.parse(text);
const told = manifest.getJSON().MPD.Period[0].AdaptationSet[0].Representation.map((each) => each["@id"]);
const again = [...manifest.getMPD().matchAll(/<Representation id="([^"]*)"/g)].map((match) => match[1]);
const places = (xml) =>
  Object.values(parse(xml, { manifestUri: "http://localhost/" }).mediaGroups.AUDIO.audio)
    .flatMap((each) => each.playlists)
    .map((each) => each.segments[0].uri.split("/")[0]);
console.log(told, again, places(text), places(manifest.getMPD()));
assert.deepEqual(places(text).sort(), [...IDS].sort());
assert.deepEqual(told, [1, 1, 1000, 16, 12345678901234567890, "a1"], "it changed");
assert.deepEqual(again, ["1", "1", "1000", "16", "12345678901234567000", "a1"], "it changed");
assert(!places(manifest.getMPD()).includes("01"), "it changed");
JAVASCRIPT
node ids.mjs
