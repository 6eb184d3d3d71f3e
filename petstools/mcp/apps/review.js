// What was read from a card, as a table that can be corrected, from review_records. "Save" has record_many write what is ticked.
"use strict";

const COLUMNS = {
  weight: { what: "weight_kg", day: "measured_at" },
  vaccination: { what: "vaccine_name", day: "administered_at", due: "due_at", more: "notes" },
  medical_record: { what: "record_type", day: "record_date", more: "description" },
};
const TYPES = ["checkup", "deworming", "treatment", "surgery", "medication", "test", "vet_visit", "other"];
const ASKED = { missing: "incomplete", several_pets: "whose", no_match: "whose", implausible: "unlikely", already_exists: "taken", deceased: "died" };
const IS_DAY = /^\d{4}-\d\d-\d\d$/;

function draw(answer) {
  answer.table = answer.table || rowsOf(answer);
  const save = el("button", { class: "main", onclick: () => send(answer) });
  const count = () => {
    const chosen = answer.table.filter((row) => row.take).length;
    save.disabled = !chosen || answer.sending;
    save.replaceChildren(say("save", { n: chosen }));
  };
  count();
  const unsure = answer.table.some((row) => row.unsure && !row.done);
  return [
    el("h1", {}, say("title")),
    el("p", { class: "soft" }, say("nothing_yet")),
    unsure ? el("p", { class: "soon" }, say("unsure_cells")) : null,
    el(
      "table",
      { class: "edited", role: "table" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...["take", "pet", "what", "day", "due", "state"].map((name) => el("th", { scope: "col", role: "columnheader" }, say(name))))),
      el("tbody", { role: "rowgroup" }, ...answer.table.map((row) => line(row, answer, count))),
    ),
    el("div", { class: "row" }, save),
    el("p", { role: "status", tabindex: -1, class: answer.failed ? "late" : "" }, answer.said || ""),
  ].filter(Boolean);
}
draw.shows = (answer) => Array.isArray(answer.rows) && Array.isArray(answer.records);

function rowsOf(answer) {
  let ready = 0;
  return answer.rows.map((row) => {
    const take = row.status === "ready";
    return { ...row, record: { ...(take ? answer.records[ready++] : row.record) }, take };
  });
}

function line(row, answer, count) {
  const columns = COLUMNS[row.record.kind] || {};
  const number = row.index + 1;
  const state = el("td", { role: "cell", "data-label": say("state") });
  const tick = el("input", { type: "checkbox", checked: row.take, disabled: row.done, "aria-label": say("take_row", { n: number }), onchange: () => ((row.take = tick.checked), count()) });
  const changed = () => {
    // What was found out about the row was of what stood there before.
    Object.assign(row, { take: true, status: "changed", note: null, completes: null, followed_by: null });
    tick.checked = true;
    state.replaceChildren(...stateOf(row, answer));
    count();
  };
  const cell = (name, ...fields) => el("td", { role: "cell", "data-label": say(name) }, ...fields);
  const field = (name, column, made) => {
    const asked = (row.missing_fields || []).includes(column) && row.status === "clarification_needed";
    const unsure = (row.unsure || []).includes(column);
    const input = made(row.record[column]);
    input.disabled = Boolean(row.done);
    input.setAttribute("aria-label", `${say(name)}, ${number}${unsure ? `, ${say("unsure")}` : ""}`);
    if (asked) input.setAttribute("aria-invalid", "true");
    if (unsure) input.classList.add("unsure");
    input.addEventListener("change", () => {
      if (input.value.trim()) row.record[column] = input.value.trim();
      else delete row.record[column];
      changed();
    });
    return input;
  };
  const text = (value) => el("input", { value: value === undefined ? "" : String(value) });
  const date = (value) => (value && !IS_DAY.test(value) ? text(value) : el("input", { type: "date", value: value || "" }));
  const type = (value) => (value && !TYPES.includes(value) ? text(value) : el("select", {}, value ? null : el("option"), ...TYPES.map((one) => el("option", { value: one, selected: one === value }, say(one)))));
  const pet = field("pet", "pet_id", () => text(row.pet || row.record.pet_id || row.record.pet_name));
  state.append(...stateOf(row, answer));
  return el(
    "tr",
    { role: "row", class: row.done ? "done" : row.take ? "" : "left" },
    el("td", { role: "cell", class: "tick", "data-label": say("take") }, tick),
    cell("pet", pet),
    cell(
      "what",
      el("span", { class: "soft" }, say(row.record.kind in COLUMNS ? row.record.kind : "unknown")),
      columns.what && field("what", columns.what, columns.what === "record_type" ? type : text),
      columns.more && row.record[columns.more] && field("notes", columns.more, text),
    ),
    cell("day", columns.day && field("day", columns.day, date)),
    cell("due", columns.due && !row.followed_by && field("due", columns.due, date)),
    state,
  );
}

// What is known of a row: in words, with what can be done about it.
function stateOf(row, answer) {
  const shot = (one) => say("shot", { vaccine: one.vaccine_name, on: day(one.administered_at) });
  const told = (key, kind, values) => el("p", { class: kind }, say(key, values));
  if (row.done) return [told(row.done, row.done === "undone" ? "soft" : "good"), row.undo && el("button", { onclick: (event) => takeBack(row, answer, event.target) }, say("undo"))].filter(Boolean);
  if (row.status === "duplicate") return [told("row" in row.already ? "same_row" : "there", "soon", { n: row.already.row + 1 })];
  if (row.status === "clarification_needed") return question(row, answer);
  if (row.status === "error") return [told(row.error === "FEATURE_NOT_AVAILABLE" ? "not_kept" : "impossible", "late")];
  if (row.status === "not_written" || row.status === "not_checked") return [told(row.status, "soon")];
  return [
    row.status === "ready" && row.unsure ? told("look", "soon") : null,
    row.followed_by ? told("history", "soft", { shot: shot(row.followed_by) }) : null,
    ...(row.completes || []).map((one) => told("completes", "soft", { shot: shot(one) })),
    row.note ? told("beside", "soon") : null,
  ].filter(Boolean);
}

function question(row, answer) {
  const columns = Object.values(COLUMNS[row.record.kind] || {});
  const choose = (label, given) => el("button", { onclick: () => (Object.assign(row.record, given), Object.assign(row, { take: true, status: "changed", pet: given.pet_id ? label : row.pet }), show(answer)) }, label);
  const offered = (row.candidates || []).map((one) => {
    const column = columns.find((name) => name in one && !("id" in one));
    if (column) return choose(IS_DAY.test(one[column]) ? day(one[column]) : String(one[column]), { [column]: one[column] });
    const pet = one.pet_id || one.id;
    return one.name && pet ? choose([one.name, one.species_name || one.species, one.birthday].filter(Boolean).join(" · "), { pet_id: pet }) : null;
  });
  // Only where the answer itself takes that for an answer.
  const right = /again: true/.test(row.message || "") && choose(say("right"), { again: true });
  return [el("p", { class: "late" }, say(ASKED[row.reason] || "look")), ...offered, right].filter(Boolean);
}

async function send(answer) {
  const chosen = answer.table.filter((row) => row.take);
  Object.assign(answer, { sending: true, failed: false, said: say("sending") });
  show(answer);
  try {
    const zone = view.given.time_zone ? { time_zone: view.given.time_zone } : {};
    const written = await host.call("record_many", { records: chosen.map((row) => row.record), ...zone });
    if (!written.results) throw new Error(written.message);
    written.results.forEach((result, at) => ended(chosen[at], result));
    const { written: saved, to_ask: asked, failed, not_written: waiting } = written.summary;
    answer.said = say("ended", { saved, left: asked + failed + waiting });
    tell(answer);
  } catch {
    Object.assign(answer, { failed: true, said: say("failed") });
  }
  answer.sending = false;
  show(answer);
  view.root.querySelector("[role=status]").focus();
}

function tell(answer) {
  const rows = answer.table.map((row) => ({ ...row.record, state: row.done || "not saved", ...(row.data ? { record_id: row.data.id } : {}) }));
  host.tell("table", rows);
}

function ended(row, result) {
  Object.assign(row, { reason: null, message: null, missing_fields: [], candidates: [], error: null, ...result, index: row.index });
  if (result.status === "ok") Object.assign(row, { take: false, done: result.already_recorded ? "already_saved" : "saved" });
  else row.take = result.status === "not_written";
}

async function takeBack(row, answer, button) {
  button.disabled = true;
  try {
    const undone = await host.call(row.undo.operation, row.undo.arguments);
    if (undone.status !== "ok") throw new Error(undone.message);
    Object.assign(row, { done: "undone", undo: null });
    answer.said = "";
    tell(answer);
  } catch {
    Object.assign(answer, { failed: true, said: say("failed") });
  }
  show(answer);
}
