// Points on a picture: click, or the arrow keys and Enter; drag a point to move it; undo.
// Points are in the true picture's pixels, whatever size and however mirrored it is shown.

const SVG = "http://www.w3.org/2000/svg";
const NEAR = 16; // Shown pixels within which a press takes hold of a point that is there.
const ZOOM = 4;
const NARROW = 560;

function svg(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function element(name, className, parent, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

class Picker {
  constructor(parent, give) {
    this.give = give;
    this.points = [];
    this.held = null;
    const root = element("div", "pk", parent);
    this.say = element("p", "pk-say", root);
    this.say.setAttribute("role", "status");
    this.stage = element("div", "pk-stage", root);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.picture = element("img", "", this.stage);
    this.picture.alt = "";
    this.marks = svg("svg", { "aria-hidden": "true" }, this.stage);
    this.loupe = element("div", "pk-loupe", this.stage);
    this.close_up = element("canvas", "", this.loupe);
    [this.close_up.width, this.close_up.height] = [132, 132];
    const row = element("div", "pk-row", root);
    this.undo = this.button(row, "Undo the last point", () => this.set(this.points.slice(0, -1)));
    this.clear = this.button(row, "Clear", () => this.set([]));
    element("span", "pk-help", row,
      "Click, or use the arrow keys (with Shift in large steps) and Enter. Drag a point to move it.");
    this.listen();
  }

  button(row, text, act) {
    const made = element("button", "", row, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  listen() {
    const on = (name, act) => this.stage.addEventListener(name, act);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.drop());
    on("pointerleave", () => this.hideLoupe());
    on("keydown", (event) => this.key(event));
    on("blur", () => this.hideLoupe());
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.stage);
  }

  show(data) {
    const fresh = this.address !== data.address;
    if (fresh) {
      this.address = data.address;
      this.picture.src = data.address;
      this.aim = [data.size[0] / 2, data.size[1] * 0.8];
    }
    this.data = data;
    this.stage.style.aspectRatio = `${data.size[0]} / ${data.size[1]}`;
    this.stage.classList.toggle("mirror", data.mirror);
    // What the page told is newer only where it differs from what was told to it.
    const told = JSON.stringify(data.points);
    if (fresh || told !== this.told) this.points = data.points.map((p) => [...p]);
    this.told = told;
    this.draw();
  }

  // True pixels of a place on the screen, and back.
  truth(event) {
    const box = this.stage.getBoundingClientRect();
    const [width, height] = this.data.size;
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    return [this.data.mirror ? width - x : x, y];
  }

  shown([x, y]) {
    const [width, height] = this.data.size;
    const box = this.stage.getBoundingClientRect();
    return [((this.data.mirror ? width - x : x) / width) * box.width, (y / height) * box.height];
  }

  inside([x, y]) {
    const [width, height] = this.data.size;
    return [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
  }

  press(event) {
    const at = this.truth(event);
    const here = this.shown(at);
    const near = this.points.findIndex((p) => {
      const there = this.shown(p);
      return Math.hypot(there[0] - here[0], there[1] - here[1]) < NEAR;
    });
    if (near < 0 && this.points.length >= this.data.wanted.length) return;
    this.held = near < 0 ? this.points.length : near;
    this.stage.setPointerCapture(event.pointerId);
    this.points[this.held] = at;
    this.aim = at;
    this.draw();
    this.magnify(at);
  }

  move(event) {
    const at = this.inside(this.truth(event));
    if (this.held !== null) {
      this.points[this.held] = at;
      this.draw();
    }
    if (this.held !== null || this.points.length < this.data.wanted.length) this.magnify(at);
    else this.hideLoupe();
  }

  release() {
    if (this.held === null) return;
    this.held = null;
    this.set(this.points);
  }

  drop() {
    if (this.held !== null) this.set(this.points.filter((_, k) => k !== this.held));
    this.held = null;
    this.hideLoupe();
  }

  key(event) {
    const step = event.shiftKey ? 20 : 1;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (way) {
      const across = this.data.mirror ? -way[0] : way[0];
      this.aim = this.inside([this.aim[0] + step * across, this.aim[1] + step * way[1]]);
      this.draw();
      this.magnify(this.aim);
    } else if (event.key === "Enter" && this.points.length < this.data.wanted.length) {
      this.set([...this.points, [...this.aim]]);
    } else if (event.key === "Backspace") {
      this.set(this.points.slice(0, -1));
    } else {
      return;
    }
    event.preventDefault();
  }

  set(points) {
    this.points = points.map((p) => p.map((v) => Math.round(v * 10) / 10));
    this.draw();
    this.give(this.points);
  }

  draw() {
    if (!this.data) return;
    const wanted = this.data.wanted;
    const next = wanted[this.points.length];
    const count = `${Math.min(this.points.length + 1, wanted.length)} of ${wanted.length}`;
    const text = next ? `Click ${count}: ${next}` : "All points are set.";
    if (this.say.textContent !== text) this.say.textContent = text;
    this.stage.setAttribute("aria-label", `Picture to set points on. ${text}`);
    this.undo.disabled = this.clear.disabled = !this.points.length;
    const box = this.stage.getBoundingClientRect();
    this.marks.setAttribute("viewBox", `0 0 ${box.width || 1} ${box.height || 1}`);
    this.marks.replaceChildren();
    const places = this.points.map((p) => this.shown(p));
    if (places.length > 1) {
      svg("polyline", { class: "join", points: places.map((p) => p.join(",")).join(" ") }, this.marks);
    }
    const middle = [0, 1].map((axis) => places.reduce((sum, p) => sum + p[axis], 0) / places.length);
    places.forEach((place, k) => this.mark(place, middle, k, box));
    if (this.stage.matches(":focus-visible") && next) {
      const [x, y] = this.shown(this.aim);
      svg("path", { class: "aim", d: `M${x - 14} ${y}h28M${x} ${y - 14}v28` }, this.marks);
    }
  }

  // The word stands on the side away from the other points, or where there is room.
  mark([x, y], middle, k, box) {
    for (const name of ["halo", "ring"]) {
      svg("path", { class: name, d: `M${x - 9} ${y}h18M${x} ${y - 9}v18` }, this.marks);
    }
    const text = svg("text", { "font-size": 15 }, this.marks);
    // On a phone the words would hide what is clicked on; the line above names each in turn.
    text.textContent = box.width < NARROW ? `${k + 1}` : `${k + 1}. ${this.data.wanted[k]}`;
    const room = text.getComputedTextLength() + 14;
    const left = x < middle[0] ? x > room : x > box.width - room;
    text.setAttribute("x", x + (left ? -12 : 12));
    text.setAttribute("text-anchor", left ? "end" : "start");
    const below = y > middle[1] && y < box.height - 24;
    text.setAttribute("y", below || y < 26 ? y + 20 : y - 10);
  }

  magnify(at) {
    const canvas = this.close_up.getContext("2d");
    const part = 132 / ZOOM;
    canvas.imageSmoothingEnabled = false;
    canvas.fillRect(0, 0, 132, 132);
    canvas.save();
    if (this.data.mirror) {
      canvas.translate(132, 0);
      canvas.scale(-1, 1);
    }
    canvas.drawImage(
      this.picture, at[0] - part / 2, at[1] - part / 2, part, part, 0, 0, 132, 132,
    );
    canvas.restore();
    const [x, y] = this.shown(at);
    const box = this.stage.getBoundingClientRect();
    // Beside the place, so that neither finger nor loupe hides it.
    const left = x < box.width / 2 ? x + 36 : x - 36 - 138;
    this.loupe.style.left = `${Math.min(Math.max(left, 0), Math.max(box.width - 138, 0))}px`;
    this.loupe.style.top = `${Math.min(Math.max(y - 150, 0), Math.max(box.height - 138, 0))}px`;
    this.loupe.style.display = "block";
  }

  hideLoupe() {
    this.loupe.style.display = "none";
  }

  close() {
    this.sizes.disconnect();
  }
}

const pickers = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  if (!pickers.has(parentElement)) pickers.set(parentElement, new Picker(parentElement));
  const picker = pickers.get(parentElement);
  picker.give = (points) => setStateValue("points", points);
  picker.show(data);
  return () => {
    picker.close();
    pickers.delete(parentElement);
  };
}
