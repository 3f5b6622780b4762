// Hands on what a microphone or a screen hears, as 16-bit samples, a tenth of a second at a time.

class Listener extends AudioWorkletProcessor {
  constructor() {
    super();
    this.held = new Int16Array(Math.round(sampleRate / 10));
    this.count = 0;
  }

  process([input]) {
    const samples = input[0];
    if (!samples) return true;
    for (const sample of samples) {
      this.held[this.count] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      this.count += 1;
      if (this.count === this.held.length) {
        this.port.postMessage(this.held.slice());
        this.count = 0;
      }
    }
    return true;
  }
}

registerProcessor("listener", Listener);
