// The board of a live session: large words, a ring for the hold, tones and the browser's own voice.
// Data comes a few times a second; between two of them the ring goes on by itself.

const ROUND = 2 * Math.PI * 45;
const LONG = 34; // Letters that fit on one line in the large size.
const AHEAD_S = 0.6; // The ring never runs further ahead of what was told.

const HTML = `
<div class="board"><div class="rows">
  <div class="title">
    <div class="heading"></div><div class="progress"></div><div class="small"></div>
  </div>
  <div class="angle" role="group" aria-label="Angle">
    <div class="number"></div><div class="of"></div>
  </div>
  <svg class="ring off" viewBox="0 0 110 110" role="timer" aria-label="Hold">
    <circle class="back" cx="55" cy="55" r="45"/>
    <circle class="fill" cx="55" cy="55" r="45" stroke-dasharray="${ROUND}"/>
    <text x="55" y="62" font-size="30" class="seconds"></text>
    <text x="55" y="80" font-size="13" class="target"></text>
  </svg>
  <div class="message" role="status" aria-live="polite"></div>
</div></div>`;

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

class Board {
  constructor(parent) {
    const place = document.createElement("div");
    place.innerHTML = HTML;
    parent.appendChild(place);
    const find = (name) => place.querySelector(`.${name}`);
    this.heading = find("heading");
    this.progress = find("progress");
    this.small = find("small");
    this.number = find("number");
    this.of = find("of");
    this.ring = find("ring");
    this.fill = find("fill");
    this.seconds = find("seconds");
    this.target = find("target");
    this.message = find("message");
    this.sounds = new Sounds();
    const turn = () => {
      this.turnRing();
      this.frame = requestAnimationFrame(turn);
    };
    this.frame = requestAnimationFrame(turn);
  }

  show(data) {
    this.data = data;
    this.since = performance.now();
    put(this.heading, data.heading);
    put(this.progress, data.progress);
    const kept = { on: "Recording", failed: "Not recording: the disk is full" };
    put(this.small, [kept[data.recording], data.note].filter(Boolean).join(", "));
    this.small.classList.toggle("on", data.recording === "on");
    put(this.number, data.countdown === null ? data.value : String(data.countdown));
    const counting = data.countdown === null ? `${data.label} ${data.error}`.trim() : "starts in";
    put(this.of, counting);
    put(this.message, data.message);
    this.message.classList.toggle("long", data.message.length > LONG);
    this.message.classList.toggle("wrong", Boolean(data.message) && data.wrong);
    this.message.classList.toggle("go", Boolean(data.message) && !data.wrong);
    this.sounds.play(data.sounds, data);
  }

  turnRing() {
    const data = this.data;
    const off = !data || !data.hold_target_s || data.hold_s === null;
    this.ring.classList.toggle("off", off);
    if (off) return;
    const ahead = data.holding ? Math.min((performance.now() - this.since) / 1000, AHEAD_S) : 0;
    const held = data.hold_s + ahead;
    const share = Math.min(held / data.hold_target_s, 1);
    this.fill.style.strokeDashoffset = String(ROUND * (1 - share));
    put(this.seconds, held.toFixed(1));
    put(this.target, share >= 1 ? "held" : `of ${data.hold_target_s} s`);
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.sounds.close();
  }
}

const boards = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  if (!boards.has(parentElement)) boards.set(parentElement, new Board(parentElement));
  const board = boards.get(parentElement);
  board.show(data);
  return () => {
    board.close();
    boards.delete(parentElement);
  };
}
