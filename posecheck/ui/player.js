// Draws one or two recorded bodies, and steps, plays and loops them. No outside script or font.

// Pairs of places in the drawn landmarks: nose, shoulders, elbows, wrists, hips, knees, ankles,
// heels, toes; even ones from 1 on are left.
const BONES = [[1, 3], [3, 5], [2, 4], [4, 6], [7, 9], [9, 11], [11, 13], [13, 15], [11, 15],
  [8, 10], [10, 12], [12, 14], [14, 16], [12, 16], [1, 7], [2, 8], [1, 2], [7, 8]];
const LEFT = '#ffb028', RIGHT = '#60bef0', MIDDLE = '#ececec';
const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2];
const WIDE_PX = 960, HIGH_PX = 720;
// A film that plays by itself is set right where it strays further than this.
const STRAY_S = 0.12;
// What browsers can play.
const SLOWEST = 0.0625, FASTEST = 16;

const sideOf = (k) => (k === 0 ? 'middle' : k % 2 ? 'left' : 'right');
const clock = (s) => `${String(Math.floor(s / 60)).padStart(2, '0')}:${(s % 60).toFixed(2).padStart(5, '0')}`;

function indexAt(times, t) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= t + 1e-6) low = middle; else high = middle - 1;
  }
  return low;
}

// The second body's moment that belongs beside the first one's: even between two anchors, and at
// the first one's pace before the first and after the last.
function beside(anchors, t) {
  if (!anchors.length) return t;
  if (t <= anchors[0][0]) return anchors[0][1] - (anchors[0][0] - t);
  for (let k = 1; k < anchors.length; k += 1) {
    const [a0, b0] = anchors[k - 1], [a1, b1] = anchors[k];
    if (t <= a1) return b0 + (b1 - b0) * (t - a0) / (a1 - a0);
  }
  const last = anchors[anchors.length - 1];
  return last[1] + (t - last[0]);
}

function make(tag, parent, props = {}) {
  const one = document.createElement(tag);
  Object.assign(one, props);
  parent.append(one);
  return one;
}

// Room about everything that is ever seen, so that the body does not jump.
function frameOf(body) {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const frame of body.xy) for (let k = 0; k < frame.length; k += 2) {
    if (frame[k] === null) continue;
    x0 = Math.min(x0, frame[k]); x1 = Math.max(x1, frame[k]);
    y0 = Math.min(y0, frame[k + 1]); y1 = Math.max(y1, frame[k + 1]);
  }
  if (body.video || !(x1 > x0)) return [0, 0, body.size[0], body.size[1]];
  const room = 0.07 * Math.max(x1 - x0, y1 - y0);
  return [x0 - room, y0 - room, x1 - x0 + 2 * room, y1 - y0 + 2 * room];
}

class Body {
  constructor(data, parent, titled) {
    this.data = data;
    const figure = make('figure', parent);
    if (titled) make('figcaption', figure, { textContent: data.title });
    this.box = frameOf(data);
    const scale = Math.min(WIDE_PX / this.box[2], HIGH_PX / this.box[3]);
    this.canvas = make('canvas', figure, { width: Math.round(this.box[2] * scale),
      height: Math.round(this.box[3] * scale), tabIndex: 0 });
    this.canvas.style.setProperty('--ratio', this.box[2] / this.box[3]);
    this.canvas.setAttribute('role', 'img');
    this.index = 0;
    if (data.video) {
      this.video = Object.assign(document.createElement('video'), {
        src: data.video, muted: true, preload: 'auto', playsInline: true });
      this.video.addEventListener('seeked', () => this.draw());
      this.video.addEventListener('loadeddata', () => this.to(this.wanted || 0));
      this.video.addEventListener('error', () => { this.video = null; this.draw(); });
    }
  }

  to(t) {
    this.wanted = t;
    this.index = indexAt(this.data.t, t);
    this.seek();
    this.draw();
  }

  seek() {
    if (!this.video || this.video.readyState < 1) return;
    // The video's own clock begins at its first frame, which is the session's first.
    this.video.currentTime = Math.max(0, this.data.t[this.index] - this.data.t[0] + 0.001);
  }

  // Where the film is by the session's clock, undefined without one.
  filmAt() {
    return this.video && this.video.readyState >= 1
      ? this.video.currentTime + this.data.t[0] : undefined;
  }

  // Goes on at a pace. The film plays by itself: to seek every frame would show a few a second.
  run(t, pace) {
    this.wanted = t;
    this.index = indexAt(this.data.t, t);
    const film = this.video, at = this.filmAt();
    if (at !== undefined) {
      film.playbackRate = Math.min(FASTEST, Math.max(SLOWEST, pace));
      if (!film.seeking && Math.abs(at - t) > STRAY_S * Math.max(1, pace)) this.seek();
      // A pause that comes while it begins to play makes it refuse, and that is well.
      if (film.paused && !film.ended) film.play().catch(() => this.draw());
    }
    this.draw();
  }

  rest() { if (this.video) this.video.pause(); }

  draw() {
    const { canvas, data } = this;
    const [bx, by, bw, bh] = this.box;
    const ctx = canvas.getContext('2d');
    const scale = Math.min(canvas.width / bw, canvas.height / bh);
    const left = (canvas.width - bw * scale) / 2, top = (canvas.height - bh * scale) / 2;
    ctx.fillStyle = '#14181e';
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    if (this.video && this.video.readyState >= 2) {
      ctx.drawImage(this.video, left, top, bw * scale, bh * scale);
      if (data.drawn) { this.tell(); return; }
    }
    const frame = data.xy[this.index] || [];
    const at = (k) => (frame[2 * k] === null || frame[2 * k] === undefined ? null
      : [(frame[2 * k] - bx) * scale + left, (frame[2 * k + 1] - by) * scale + top]);
    ctx.lineCap = 'round';
    for (const [a, b] of BONES) {
      const p = at(a), q = at(b);
      if (!p || !q) continue;
      const sides = [sideOf(a), sideOf(b)];
      ctx.strokeStyle = sides[0] !== sides[1] ? MIDDLE : sides[0] === 'left' ? LEFT : RIGHT;
      // Right is thinner: the pair stays apart without colour.
      ctx.lineWidth = ctx.strokeStyle === RIGHT ? 5 : 8;
      ctx.beginPath(); ctx.moveTo(...p); ctx.lineTo(...q); ctx.stroke();
    }
    const nose = at(0);
    if (nose) {
      ctx.strokeStyle = MIDDLE; ctx.lineWidth = 5;
      ctx.beginPath(); ctx.arc(nose[0], nose[1], 20, 0, 7); ctx.stroke();
    }
    this.tell();
  }

  tell() {
    const { canvas, data } = this;
    canvas.setAttribute('aria-label', `${data.title}: body at ${clock(data.t[this.index] || 0)}`);
  }
}

class Player {
  constructor(root, data) {
    this.data = data;
    this.first = data.bodies[0];
    this.position = 0;
    this.playing = false;
    this.speed = 1;
    root.replaceChildren();
    this.root = make('div', root, { className: 'pl' });
    const row = make('div', this.root, { className: 'pl-bodies' });
    this.bodies = data.bodies.map((one) => new Body(one, row, data.bodies.length > 1));
    this.now = make('div', this.root, { className: 'pl-now' });
    this.now.setAttribute('aria-live', 'off');
    this.track();
    this.controls();
    this.root.addEventListener('keydown', (event) => this.key(event));
    this.to(this.first.t[0] || 0);
  }

  span() {
    const { t } = this.first;
    const part = this.loop ? this.first.parts[this.loop - 1] : null;
    return part ? [part.start, part.end] : [t[0] || 0, t[t.length - 1] || 0];
  }

  track() {
    const box = make('div', this.root, { className: 'pl-track' });
    const marks = make('div', box, { className: 'pl-marks' });
    const { t } = this.first;
    const [begin, end] = [t[0] || 0, t[t.length - 1] || 1];
    const share = (s) => `${(100 * (s - begin) / Math.max(end - begin, 1e-6)).toFixed(2)}%`;
    for (const part of this.first.parts) for (const phase of part.phases) {
      const one = make('i', marks, { title: phase.name });
      one.style.left = share(phase.start);
      one.style.width = `calc(${share(phase.end)} - ${share(phase.start)} - 1px)`;
    }
    for (const fault of this.first.faults) {
      const one = make('button', marks, { textContent: '▲', title: fault.name, type: 'button' });
      one.setAttribute('aria-label', `${fault.name}, at ${clock(fault.t)}`);
      one.style.left = share(fault.t);
      one.addEventListener('click', () => { this.pause(); this.to(fault.t); });
    }
    this.slider = make('input', box, { type: 'range', min: 0, max: t.length - 1, step: 1, value: 0 });
    this.slider.setAttribute('aria-label', 'Frame');
    this.slider.addEventListener('input', () => { this.pause(); this.to(t[Number(this.slider.value)]); });
  }

  controls() {
    const row = make('div', this.root, { className: 'pl-row' });
    const button = (text, label, act, css = '') => {
      const one = make('button', row, { textContent: text, type: 'button', className: css });
      one.setAttribute('aria-label', label);
      one.addEventListener('click', act);
      return one;
    };
    button('◀ frame', 'One frame back', () => this.step(-1));
    this.playButton = button('Play', 'Play', () => this.toggle(), 'main');
    button('frame ▶', 'One frame on', () => this.step(1));
    const speed = make('select', make('label', row, { textContent: 'Speed ' }));
    for (const one of SPEEDS) make('option', speed, { value: one, textContent: `${one}×`, selected: one === 1 });
    speed.addEventListener('change', () => { this.speed = Number(speed.value); });
    const loop = make('select', make('label', row, { textContent: 'Play ' }));
    make('option', loop, { value: 0, textContent: 'everything' });
    this.first.parts.forEach((part, k) => make('option', loop, {
      value: k + 1, textContent: `${part.name}, over and over` }));
    loop.addEventListener('change', () => { this.loop = Number(loop.value); this.to(this.span()[0]); });
    this.loop = 0;
  }

  key(event) {
    if (['INPUT', 'SELECT', 'BUTTON'].includes(event.target.tagName)) return;
    const act = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), ' ': () => this.toggle() };
    if (act[event.key]) { event.preventDefault(); act[event.key](); }
  }

  step(by) {
    this.pause();
    const { t } = this.first;
    const next = Math.min(t.length - 1, Math.max(0, indexAt(t, this.position) + by));
    this.to(t[next]);
  }

  toggle() { if (this.playing) { this.pause(); this.to(this.position); } else this.play(); }

  pause() {
    this.playing = false;
    this.bodies.forEach((body) => body.rest());
    this.playButton.textContent = 'Play';
    this.playButton.setAttribute('aria-label', 'Play');
  }

  play() {
    const [begin, end] = this.span();
    if (this.position >= end - 1e-3 || this.position < begin) this.to(begin);
    this.playing = true;
    this.playButton.textContent = 'Pause';
    this.playButton.setAttribute('aria-label', 'Pause');
    let then = performance.now();
    const tick = (now) => {
      if (!this.playing) return;
      if (!this.root.isConnected) { this.pause(); return; }
      this.goOn(this.speed * (now - then) / 1000);
      then = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  // The next moment: by the first film's own clock, else by this machine's.
  goOn(by) {
    const [from, until] = this.span();
    const { video } = this.bodies[0], film = this.bodies[0].filmAt();
    const next = film === undefined ? this.position + by : video.seeking ? this.position : film;
    if (next < until - 1e-3 && !(video && video.ended)) {
      this.bodies.forEach((body, k) => {
        const there = (t) => (k ? beside(this.data.anchors, t) : t);
        body.run(there(next), k ? (there(next + 0.1) - there(next)) / 0.1 * this.speed : this.speed);
      });
      this.tell(next);
    } else if (this.loop) {
      this.to(from);
    } else {
      this.pause();
      this.to(until);
    }
  }

  to(t) {
    this.bodies.forEach((body, k) => body.to(k ? beside(this.data.anchors, t) : t));
    this.tell(t);
  }

  tell(t) {
    this.position = t;
    const index = indexAt(this.first.t, t);
    this.slider.value = index;
    const part = this.first.parts.find((one) => t >= one.start && t <= one.end);
    const phase = part && part.phases.find((one) => t >= one.start && t <= one.end);
    const fault = this.first.faults.find((one) => Math.abs(one.t - t) < 0.4);
    this.now.replaceChildren();
    make('span', this.now, { textContent: clock(this.first.t[index] || 0) });
    if (part) make('span', this.now, { textContent: part.name });
    if (phase) make('span', this.now, { textContent: phase.name });
    if (fault) make('span', this.now, { textContent: `▲ ${fault.name}`, className: 'fault' });
    this.slider.setAttribute('aria-valuetext', this.now.textContent);
  }
}

export default function (component) {
  const { parentElement, data } = component;
  const mark = JSON.stringify([data.bodies.map((b) => [b.title, b.t.length, b.video]), data.anchors]);
  const root = parentElement.querySelector('.pl-root') || make('div', parentElement, { className: 'pl-root' });
  // A rerun of the page with the same sessions leaves the player where it is.
  if (root.dataset.mark !== mark) {
    root.dataset.mark = mark;
    root.player = new Player(root, data);
  }
  return () => { if (root.player) root.player.pause(); };
}
