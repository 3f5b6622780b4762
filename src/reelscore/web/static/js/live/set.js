// One live set of the page: a stream of pictures goes to the server, its events come back and are played.

import { request, unreachable } from "../shared/api.js";
import { at } from "../shared/root.js";
import { Capture, openStream } from "./capture.js";
import { LivePlayer } from "./player.js";

// What cannot be sent at once is too late.
const MOST_UNSENT = 200_000;

export class LiveSet {
  /** `tell` hears every event, and `{ event: "closed" }` at the end. */
  constructor(tell) {
    this.tell = tell;
    this.context = null;
  }

  /** Begin; rejects with an error that says why not. */
  async start(kind, { sound, about, video }) {
    const stream = await openStream(kind, sound);
    this.context = new AudioContext();
    const query = about ? { about } : {};
    try {
      const { data } = await request("/api/live", { method: "POST", json: { query } });
      this.socket = await opened(data.socket);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      this.context.close();
      throw error;
    }
    this.player = new LivePlayer(this.context);
    this.socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    this.socket.onclose = () => this.stop();
    this.capture = new Capture(stream, video, () => Math.max(0, this.player.now), (bytes) => this.#send(bytes));
    stream.getVideoTracks()[0].onended = () => this.stop(); // the browser's own "stop sharing"
    await this.capture.start();
  }

  command(command, on = true) {
    if (command === "panic" && on) this.player.silence(); // at once, whatever the server does
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ command, on }));
  }

  set level(value) {
    this.player.level = value;
  }

  stop() {
    if (!this.context) return;
    this.capture?.stop();
    this.socket.onclose = null;
    this.socket.close();
    this.player.silence();
    const { context, player } = this;
    this.context = null;
    setTimeout(() => {
      player.close();
      context.close();
    }, 300);
    this.tell({ event: "closed" });
  }

  #send(bytes) {
    if (this.socket.readyState === WebSocket.OPEN && this.socket.bufferedAmount < MOST_UNSENT) this.socket.send(bytes);
  }

  #hear(event) {
    if (event.event === "speech") this.player.duck(event.speaking);
    if (event.event === "song") {
      this.player.take(event).catch((error) => {
        this.tell({ event: "problem", message: error.message });
        this.command("skip");
      });
    }
    this.tell(event);
  }
}

function opened(path) {
  const socket = new WebSocket(new URL(at(path), location.href.replace(/^http/, "ws")));
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(unreachable());
  });
}
