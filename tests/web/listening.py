"""Watches what a page lets sound, apart from its own bookkeeping: every start, stop and rate of a sound."""

from __future__ import annotations

from typing import Any

# Runs before the page's scripts, and only looks on.
PROBE = """(() => {
  const sounds = (window.heardSounds = []);
  const { getOutputTimestamp } = AudioContext.prototype;
  const { get: currentTime } = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "currentTime");
  const rates = new WeakMap(); // AudioParam -> [[time, value], ...]
  const { start, stop } = AudioBufferSourceNode.prototype;
  const setAt = AudioParam.prototype.setValueAtTime;
  AudioParam.prototype.setValueAtTime = function (value, time) {
    rates.set(this, [...(rates.get(this) ?? []), [time, value]]);
    return setAt.call(this, value, time);
  };
  AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0, ...rest) {
    sounds.push({ node: this, when, offset, end: Infinity, length: this.buffer.duration });
    return start.call(this, when, offset, ...rest);
  };
  AudioBufferSourceNode.prototype.stop = function (when = 0) {
    const own = sounds.find((sound) => sound.node === this);
    if (own) own.end = Math.max(when, own.when);
    return stop.call(this, when);
  };
  const heard = (context) => {
    const { contextTime, performanceTime } = getOutputTimestamp.call(context);
    return performanceTime > 0
      ? contextTime + (performance.now() - performanceTime) / 1000
      : currentTime.call(context) - context.outputLatency;
  };
  /** Where in its song the sound is that is heard now; null where none is. */
  window.heardPosition = () => {
    const sound = sounds.at(-1);
    if (!sound) return null;
    const now = heard(sound.node.context);
    if (now < sound.when || now > sound.end) return null;
    const steps = (rates.get(sound.node.playbackRate) ?? []).concat([[Infinity, 0]]);
    let position = sound.offset;
    for (let index = 0; index < steps.length - 1; index += 1) {
      const from = Math.max(sound.when, steps[index][0]);
      const to = Math.min(now, steps[index + 1][0]);
      if (to > from) position += (to - from) * steps[index][1];
    }
    return position;
  };
  /** [seconds of the song, seconds of the picture], both now; null where one of them stands still. */
  window.sampleStep = () => {
    const video = document.querySelector("#picture video");
    const position = window.heardPosition();
    return position === null || video.paused || video.seeking ? null : [position, video.currentTime];
  };
  /** Samples of a stretch of time, [song, picture, ms]. */
  window.sampleFor = (seconds, every) => new Promise((resolve) => {
    const samples = [];
    const began = performance.now();
    const timer = setInterval(() => {
      const sample = window.sampleStep();
      if (sample) samples.push([...sample, performance.now() - began]);
      if (performance.now() - began > seconds * 1000) {
        clearInterval(timer);
        resolve(samples);
      }
    }, every);
  });
  window.soundList = () => sounds.map(({ when, offset, end, length }) => ({ when, offset, end, length }));
})()"""

# Lets the clock of the sound run faster than that of the picture, as that of a cheap device may. It goes
# outside of the probe, which sees what really sounds.
FAST_CLOCK = """(() => {
  const FAST = 1.003; // 180 ms a minute
  const base = BaseAudioContext.prototype;
  const time = Object.getOwnPropertyDescriptor(base, "currentTime").get;
  Object.defineProperty(base, "currentTime", { get() { return time.call(this) * FAST; } });
  const stamp = AudioContext.prototype.getOutputTimestamp;
  AudioContext.prototype.getOutputTimestamp = function () {
    const { contextTime, performanceTime } = stamp.call(this);
    return { contextTime: contextTime * FAST, performanceTime };
  };
  const rates = new WeakSet();
  const create = base.createBufferSource;
  base.createBufferSource = function () {
    const node = create.call(this);
    rates.add(node.playbackRate);
    return node;
  };
  for (const name of ["setValueAtTime", "linearRampToValueAtTime", "setTargetAtTime"]) {
    const own = AudioParam.prototype[name];
    AudioParam.prototype[name] = function (value, when, ...rest) {
      return own.call(this, rates.has(this) ? value * FAST : value, when / FAST, ...rest);
    };
  }
  const { start, stop } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (when = 0, ...rest) {
    return start.call(this, when / FAST, ...rest);
  };
  AudioBufferSourceNode.prototype.stop = function (when = 0) {
    return stop.call(this, when / FAST);
  };
})()"""


def errors_of(samples: list[list[float]], offset: float) -> list[float]:
    """How far the song is ahead of where it belongs, for each sample: the median of five around it.

    Both clocks are read by the page while other work goes on, so a single reading may be late by a frame.
    """
    raw = [song - (picture + offset) for song, picture, _ in samples]
    return [sorted(raw[i : i + 5])[2] for i in range(len(raw) - 4)]


def sounds(page: Any) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.evaluate("window.soundList()")
    return found
