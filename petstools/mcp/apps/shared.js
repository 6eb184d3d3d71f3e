// What every view needs: the host (MCP Apps, SEP-1865: JSON-RPC over postMessage), words, days, and elements made of text alone.
"use strict";

const host = {
  waiting: new Map(),
  last: 0,
  context: {},
  can: {},
  told: new Map(),
  send(message) {
    parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  },
  request(method, params) {
    const id = ++host.last;
    return new Promise((resolve, reject) => {
      host.waiting.set(id, { resolve, reject });
      host.send({ id, method, params });
    });
  },
  // The answer of one of our tools, by way of the host; rejects where the host or the tool refuses.
  async call(name, given) {
    const result = await host.request("tools/call", { name, arguments: given });
    const answer = contentOf(result);
    if (result.isError) throw new Error(answer.message || "");
    return answer;
  },
  // What the person did here, for the model's next turn: it sees no call of a view. Each telling takes the place of the one before.
  tell(what, done) {
    host.told.set(what, done);
    if (!host.can.updateModelContext) return;
    const text = `The person did this in the view, and it is stored: ${JSON.stringify([...host.told.values()])}`;
    host.request("ui/update-model-context", { content: [{ type: "text", text }] }).catch(console.error);
  },
};

addEventListener("message", (event) => {
  const message = event.data;
  if (event.source !== parent || !message || message.jsonrpc !== "2.0") return;
  if (message.method && message.id !== undefined) {
    host.send({ id: message.id, result: {} });
  } else if (message.method === "ui/notifications/tool-input") {
    view.given = message.params.arguments || {};
  } else if (message.method === "ui/notifications/tool-result") {
    view.meta = message.params._meta || {};
    show(contentOf(message.params), message.params.isError);
  } else if (message.method === "ui/notifications/host-context-changed") {
    dress({ ...host.context, ...message.params });
    if (view.answer) show(view.answer);
  } else if (host.waiting.has(message.id)) {
    const { resolve, reject } = host.waiting.get(message.id);
    host.waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }
});

const view = { given: {}, answer: null, meta: {}, root: null };

function contentOf(result) {
  if (result.structuredContent) return result.structuredContent;
  const text = (result.content || []).find((block) => block.type === "text");
  try {
    return JSON.parse(text.text);
  } catch {
    return {};
  }
}

function dress(context) {
  host.context = context;
  const language = (context.locale || navigator.language || "en").slice(0, 2);
  document.documentElement.lang = language in WORDS ? language : "en";
  if (context.theme) document.documentElement.dataset.theme = context.theme;
}

function show(answer, isError) {
  view.answer = answer;
  let drawn = [el("p", {}, say("nothing"))];
  try {
    if (!isError && draw.shows(answer)) drawn = draw(answer);
  } catch (error) {
    // A field that is not what it should be: the host's text says all the same.
    console.error(error);
  }
  view.root.replaceChildren(...drawn);
}

// A word in the person's language; {name} in it is filled.
function say(key, values = {}) {
  const words = WORDS[document.documentElement.lang];
  return words[key].replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
}

function day(iso, options = { dateStyle: "medium" }) {
  const [year, month, number] = iso.split("-").map(Number);
  return new Intl.DateTimeFormat(document.documentElement.lang, { ...options, timeZone: "UTC" }).format(
    Date.UTC(year, month - 1, number),
  );
}

function daysBetween(from, to) {
  return Math.round((Date.parse(`${to}T00:00Z`) - Date.parse(`${from}T00:00Z`)) / 86400000);
}

function inDays(count) {
  return new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }).format(count, "day");
}

function kilograms(value) {
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilogram", maximumFractionDigits: 2 }).format(value);
}

function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// What is typed in and sent: without <form>, which a frame that lacks allow-forms never submits. send(button) starts with what is valid.
function entry(send, words, ...children) {
  const button = el("button", {}, words);
  const go = () => !button.disabled && [...made.querySelectorAll("input")].every((one) => one.reportValidity()) && send(button);
  const made = el("div", { class: "row", onkeydown: (event) => event.key === "Enter" && event.target.matches("input") && go() }, ...children, button);
  button.addEventListener("click", go);
  return made;
}

// The main app's pictures alone; anything else that a record names is not opened.
function picture(url, alt) {
  return url && new URL(url, IMAGES).origin === IMAGES ? el("img", { src: url, alt, loading: "lazy" }) : null;
}

document.addEventListener("DOMContentLoaded", async () => {
  view.root = document.querySelector("main");
  const answer = await host.request("ui/initialize", {
    protocolVersion: "2026-01-26",
    appInfo: { name: "meo-mai-moi", version: VERSION },
    appCapabilities: {},
  });
  host.can = answer.hostCapabilities || {};
  dress(answer.hostContext || {});
  host.send({ method: "ui/notifications/initialized" });
  new ResizeObserver(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    host.send({ method: "ui/notifications/size-changed", params: { width: Math.ceil(width), height: Math.ceil(height) } });
  }).observe(document.documentElement);
});
