// The picture and the sound of a camera or a screen, small, as messages of a live set.

import { at } from "../shared/root.js";

const LONG = 64;
const SHORT = 36;
const MIDDLE = 4; // a picture is made small in two steps, or what lies between its points would be lost
const FRAME_MS = 66;
const SOUND_RATE = 16000;
const HEAD = 16;
const KINDS = { wide: 1, tall: 2, sound: 3 };

/** Ask for a camera or a screen. @returns {Promise<MediaStream>} */
export function openStream(kind, withSound) {
  const sound = withSound && { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const devices = navigator.mediaDevices;
  if (kind === "screen") return devices.getDisplayMedia({ video: { frameRate: 30 }, audio: sound });
  return devices.getUserMedia({ video: { width: { ideal: 1280 }, frameRate: { ideal: 30 } }, audio: sound });
}

/** Sends what a stream shows and sounds like; `now` gives the second of the set. */
export class Capture {
  constructor(stream, video, now, send) {
    this.stream = stream;
    this.video = video;
    this.now = now;
    this.send = send;
    this.canvas = document.createElement("canvas");
    this.between = document.createElement("canvas");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    video.srcObject = stream;
    video.muted = true;
  }

  async start() {
    await this.video.play();
    this.timer = setInterval(() => this.#frame(), FRAME_MS);
    if (this.stream.getAudioTracks().length) await this.#listen();
  }

  stop() {
    clearInterval(this.timer);
    this.hearing?.close();
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }

  #frame() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return;
    const tall = videoHeight > videoWidth;
    const [width, height] = tall ? [SHORT, LONG] : [LONG, SHORT];
    if (this.canvas.width !== width) {
      Object.assign(this.canvas, { width, height });
      Object.assign(this.between, { width: width * MIDDLE, height: height * MIDDLE });
    }
    const pen = this.between.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.video, 0, 0, width * MIDDLE, height * MIDDLE);
    this.pen.imageSmoothingQuality = "high";
    this.pen.drawImage(this.between, 0, 0, width, height);
    const { data } = this.pen.getImageData(0, 0, width, height);
    const bytes = new Uint8Array((data.length / 4) * 3);
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
      bytes[to] = data[from];
      bytes[to + 1] = data[from + 1];
      bytes[to + 2] = data[from + 2];
    }
    this.send(message(tall ? KINDS.tall : KINDS.wide, this.now(), bytes));
  }

  async #listen() {
    this.hearing = new AudioContext({ sampleRate: SOUND_RATE });
    await this.hearing.audioWorklet.addModule(at("/static/worklets/sound.js"));
    const listener = new AudioWorkletNode(this.hearing, "listener", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    listener.port.onmessage = ({ data }) => {
      this.send(message(KINDS.sound, Math.max(0, this.now() - data.length / SOUND_RATE), new Uint8Array(data.buffer)));
    };
    this.hearing.createMediaStreamSource(new MediaStream(this.stream.getAudioTracks())).connect(listener);
  }
}

/** A message of a live set: kind, second of the set, and what it holds. @returns {ArrayBuffer} */
export function message(kind, time, bytes) {
  const whole = new Uint8Array(HEAD + bytes.length);
  const head = new DataView(whole.buffer);
  head.setUint8(0, kind);
  head.setFloat64(8, time, true);
  whole.set(bytes, HEAD);
  return whole.buffer;
}
