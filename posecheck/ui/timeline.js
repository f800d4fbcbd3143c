// Buttons along the film's length. The film is Streamlit's own <video>, found by its container.
const PLAYED_MS = 120;
const FILM_WAIT_MS = 100;

function film(data) {
  return document.querySelector(`.st-key-${data.film} video`);
}

// The page is built from the top: a click may come before the film is there, or is known.
function goTo(data, seconds, tries = 100) {
  const video = film(data);
  if (!video || video.readyState < HTMLMediaElement.HAVE_METADATA) {
    if (tries > 0) setTimeout(() => goTo(data, seconds, tries - 1), FILM_WAIT_MS);
    return;
  }
  video.currentTime = seconds;
  video.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function button(className, text, data, seconds) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.title = text;
  made.addEventListener("click", () => goTo(data, seconds));
  return made;
}

function place(element, start, end, data) {
  element.style.left = `${(100 * start) / data.end_s}%`;
  element.style.width = `${(100 * Math.max(end - start, 0)) / data.end_s}%`;
}

function bar(data) {
  const row = document.createElement("div");
  row.className = "bar";
  for (const position of data.positions) {
    const part = button("position", position.text, data, position.start_s);
    part.setAttribute("aria-label", position.text);
    part.textContent = position.number;
    place(part, position.start_s, position.end_s, data);
    row.append(part);
    if (position.hold_start_s !== null && position.hold_s) {
      const hold = document.createElement("span");
      hold.className = "hold";
      place(hold, position.hold_start_s, position.hold_start_s + position.hold_s, data);
      row.append(hold);
    }
  }
  for (const fault of data.faults) {
    const mark = document.createElement("span");
    mark.className = `mark ${fault.severity}`;
    place(mark, fault.start_s, fault.end_s, data);
    row.append(mark);
  }
  const head = document.createElement("span");
  head.className = "head";
  row.append(head);
  return row;
}

function chips(data) {
  const row = document.createElement("div");
  row.className = "chips";
  for (const fault of data.faults) {
    const chip = button(`chip ${fault.severity}`, "See it in the film", data, fault.start_s);
    chip.textContent = `${fault.severity === "fault" ? "▲" : "△"} ${fault.text}`;
    row.append(chip);
  }
  return row;
}

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".tl");
  const drawn = JSON.stringify([data.end_s, data.positions, data.faults]);
  if (root.dataset.drawn !== drawn) {
    root.replaceChildren(bar(data), chips(data));
    root.dataset.drawn = drawn;
  }
  const count = data.seek ? String(data.seek.count) : "0";
  if (data.seek && root.dataset.sought !== undefined && root.dataset.sought !== count) {
    goTo(data, data.seek.t_s);
  }
  root.dataset.sought = count;
  const timer = setInterval(() => {
    const video = film(data);
    const head = root.querySelector(".head");
    if (video && head) head.style.left = `${(100 * video.currentTime) / data.end_s}%`;
  }, PLAYED_MS);
  return () => clearInterval(timer);
}
