// Who is due for a vaccination, from pets_overview: overdue first, each with a small form for the booster (renew_vaccination).
"use strict";

const BEYOND = "9999-12-31";

function draw(answer) {
  const today = answer.today || new Date().toISOString().slice(0, 10);
  const shots = answer.pets.flatMap((pet) => (pet.active_vaccinations || []).map((shot) => ({ pet, shot })));
  const rows = shots.filter(({ shot }) => shot.due_at).sort((a, b) => ((a.shot.due_at || BEYOND) < (b.shot.due_at || BEYOND) ? -1 : 1));
  const late = rows.filter(({ shot }) => shot.is_overdue), soon = rows.filter(({ shot }) => !shot.is_overdue);
  const unread = answer.pets.filter((pet) => pet.vaccination_details === "unavailable");
  return [
    el("h1", {}, say("title")),
    ...group(late, "late", today),
    ...group(soon, "coming", today),
    rows.length ? null : el("p", { class: "soft" }, say("none")),
    unread.length ? el("p", { class: "soon" }, say("unread", { names: unread.map((pet) => pet.name).join(", ") })) : null,
    answer.next_page ? el("p", { class: "soft" }, say("more", { shown: answer.pets.length, total: answer.total })) : null,
  ].filter(Boolean);
}
draw.shows = (answer) => Array.isArray(answer.pets);

function group(rows, title, today) {
  if (!rows.length) return [];
  return [el("h2", {}, say(title, { n: rows.length })), el("ul", {}, ...rows.map((row) => line(row, today)))];
}

function line({ pet, shot }, today) {
  const days = daysBetween(today, shot.due_at);
  const kind = shot.is_overdue ? "late" : days <= 30 ? "soon" : "soft";
  const item = el("li", {}, el("div", {}, el("strong", {}, pet.name), el("p", {}, shot.vaccine_name), el("p", { class: kind }, `${day(shot.due_at)} · ${inDays(days)}`)));
  if (pet.can_edit) item.append(el("button", { onclick: (event) => event.target.replaceWith(form(item, pet, shot, today)) }, say("record")));
  return item;
}

function form(item, pet, shot, today) {
  const given = el("input", { type: "date", value: today, max: today, required: true });
  const due = el("input", { type: "date" });
  const said = el("p", { role: "status" });
  const send = async (button) => {
    button.disabled = true;
    try {
      const answer = await host.call("renew_vaccination", {
        pet_id: pet.id,
        vaccination_id: shot.id,
        administered_at: given.value,
        ...(due.value ? { due_at: due.value } : {}),
      });
      if (answer.status !== "ok") throw new Error(answer.message);
      host.tell(shot.id, { renew_vaccination: answer.data, pet: pet.name });
      const next = answer.data.due_at;
      item.replaceChildren(el("div", {}, el("strong", {}, pet.name), el("p", {}, say("saved", { vaccine: answer.data.vaccine_name, on: day(answer.data.administered_at) })), next && el("p", { class: "soft" }, say("next", { on: day(next) }))));
    } catch {
      button.disabled = false;
      said.className = "late";
      said.replaceChildren(say("failed"));
    }
  };
  queueMicrotask(() => given.focus());
  const made = entry(send, say("save"), el("label", {}, say("given"), given), el("label", {}, say("due"), due));
  made.append(said);
  return made;
}
