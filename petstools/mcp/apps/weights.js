// A pet's weighings as a curve, from list_weights.
"use strict";

const HEIGHT = 220, LEFT = 64, RIGHT = 16, TOP = 16, BOTTOM = 32;

function draw(answer) {
  const weights = [...answer.weights].sort((a, b) => (a.measured_at < b.measured_at ? -1 : 1));
  if (!weights.length) return [el("p", {}, say("none"))];
  const first = weights[0], last = weights[weights.length - 1];
  const place = el("div");
  const detail = el("p", { class: "soft", role: "status" }, summary(weights));
  return [
    el("h1", {}, `${kilograms(last.weight_kg)} · ${day(last.measured_at)}`),
    detail,
    curve(
      weights,
      (one) => detail.replaceChildren(pointText(weights, one)),
      (one) => place.replaceChildren(form(one, answer)),
    ),
    place,
    el(
      "details",
      {},
      el("summary", {}, say("table", { n: weights.length })),
      el("table", {}, ...[...weights].reverse().map((one) => el("tr", {}, el("th", { scope: "row" }, day(one.measured_at)), el("td", {}, kilograms(one.weight_kg))))),
    ),
    answer.next_page ? el("button", { onclick: (event) => earlier(event.target, answer) }, say("earlier")) : null,
    first === last ? el("p", { class: "soft" }, say("one")) : null,
  ].filter(Boolean);
}
draw.shows = (answer) => Array.isArray(answer.weights);

function summary(weights) {
  const first = weights[0], last = weights[weights.length - 1];
  if (first === last) return "";
  return say("change", { change: signed(last.weight_kg - first.weight_kg), since: day(first.measured_at) });
}

function pointText(weights, one) {
  const before = weights[weights.indexOf(one) - 1];
  const change = before ? ` (${signed(one.weight_kg - before.weight_kg)})` : "";
  return `${day(one.measured_at)}: ${kilograms(one.weight_kg)}${change}`;
}

function signed(value) {
  const rounded = Math.round(value * 100) / 100;
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : "±"}${kilograms(Math.abs(rounded))}`;
}

function curve(weights, onpoint, onopen) {
  const values = weights.map((one) => one.weight_kg);
  const least = Math.min(...values), most = Math.max(...values), room = (most - least) * 0.15 || most * 0.1 || 1;
  const low = Math.max(0, least - room), high = most + room;
  const start = weights[0].measured_at, span = daysBetween(start, weights[weights.length - 1].measured_at) || 1;
  // One unit is one pixel, so that the words keep their size on a phone.
  const WIDTH = Math.max(260, Math.min(688, document.documentElement.clientWidth - 32));
  const x = (one) => (weights.length === 1 ? WIDTH / 2 : LEFT + (daysBetween(start, one.measured_at) / span) * (WIDTH - LEFT - RIGHT));
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const text = (at, content, more) => svg("text", { ...at, fill: "var(--soft)", "font-size": 12, ...more }, content);
  const lines = [least, most].filter((value, index, all) => all.indexOf(value) === index);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": say("curve") },
    ...lines.flatMap((value) => [
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), stroke: "var(--line)" }),
      text({ x: LEFT - 12, y: y(value) + 4 }, kilograms(value), { "text-anchor": "end" }),
    ]),
    text({ x: x(weights[0]), y: HEIGHT - 8 }, day(weights[0].measured_at), weights.length === 1 ? { "text-anchor": "middle" } : {}),
    weights.length > 1 ? text({ x: WIDTH - RIGHT, y: HEIGHT - 8 }, day(weights[weights.length - 1].measured_at), { "text-anchor": "end" }) : null,
    svg("polyline", { points: weights.map((one) => `${x(one)},${y(one.weight_kg)}`).join(" "), fill: "none", stroke: "var(--accent)", "stroke-width": 2 }),
    ...weights.map((one) => {
      const point = () => onpoint(one);
      const open = (event) => {
        event.preventDefault();
        point();
        onopen(one);
      };
      return svg(
        "circle",
        { cx: x(one), cy: y(one.weight_kg), r: 6, fill: "var(--accent)", tabindex: 0, role: "button", "aria-label": `${pointText(weights, one)}. ${say("correct")}`, onfocus: point, onclick: open, onkeydown: (event) => [" ", "Enter"].includes(event.key) && open(event), onpointerenter: point },
        svg("title", {}, pointText(weights, one)),
      );
    }),
  );
}

// The record of a point, to be corrected.
function form(one, answer) {
  const weight = el("input", { type: "number", step: "0.01", min: "0.01", value: one.weight_kg, required: true });
  const on = el("input", { type: "date", value: one.measured_at, required: true });
  const said = el("p", { role: "status" });
  const send = async (button, more) => {
    const changed = {
      ...(Number(weight.value) === one.weight_kg ? {} : { weight_kg: `${weight.value} kg` }),
      ...(on.value === one.measured_at ? {} : { measured_at: on.value }),
    };
    if (!Object.keys(changed).length) return made.remove();
    button.disabled = true;
    try {
      const done = await host.call("update_weight", { pet_id: one.pet_id, weight_id: one.id, ...changed, ...more });
      if (done.reason === "implausible") {
        said.className = "soon";
        said.replaceChildren(`${say("unlikely")} `, el("button", { onclick: (event) => send(event.target, { again: true }) }, say("right")));
      } else if (done.status === "ok") {
        host.tell(one.id, { update_weight: done.data });
        show({ ...answer, weights: answer.weights.map((each) => (each === one ? done.data : each)) });
      } else throw new Error(done.message);
    } catch {
      said.className = "late";
      said.replaceChildren(say("failed"));
    }
    button.disabled = false;
  };
  queueMicrotask(() => weight.focus());
  const made = entry(send, say("save"), el("label", {}, say("kilograms"), weight), el("label", {}, say("day"), on));
  made.append(el("button", { onclick: () => made.remove() }, say("leave")), said);
  return made;
}

async function earlier(button, answer) {
  button.disabled = true;
  try {
    const more = await host.call("list_weights", { pet_id: answer.weights[0].pet_id, page: answer.next_page });
    show({ ...more, weights: [...answer.weights, ...more.weights] });
  } catch {
    button.replaceWith(el("p", { class: "late", role: "alert" }, say("failed")));
  }
}
