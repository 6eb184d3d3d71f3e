// What can't be undone: the person's own tap is the yes. `confirm`, which no model is shown, calls the tool again with the seal of its
// question; of a host that says that it draws, the seal has come to this card alone.
"use strict";

function draw(answer) {
  if (answer.status === "ok") return [el("p", { role: "status" }, say("done"))];
  const what = answer.candidates[0] || {};
  const name = what.name || what.vaccine_name || what.record_type || "";
  const key = TOOL === "set_pet_status" ? `mark_${what.status}` : TOOL;
  const said = el("p", { role: "status" });
  const yes = el("button", { class: "grave" }, say("yes"));
  const no = el("button", { onclick: () => view.root.replaceChildren(el("p", { role: "status" }, say("kept"))) }, say("no"));
  yes.addEventListener("click", async () => {
    yes.disabled = no.disabled = true;
    try {
      const done = await host.call("confirm", { ...view.given, tool: TOOL, confirmation: sealOf(answer) });
      if (done.status !== "ok") throw new Error(done.message);
      host.tell(TOOL, { [TOOL]: { ...view.given, confirmation: undefined }, done: true });
      view.root.replaceChildren(el("p", { role: "status" }, say("done")));
    } catch {
      no.disabled = false;
      said.className = "late";
      said.replaceChildren(say("failed"));
    }
  });
  return [el("h1", {}, say(key, { name })), el("p", {}, say(`${key}_follows`, { name })), el("div", { class: "row" }, yes, no), said];
}
draw.shows = (answer) => answer.status === "ok" || Boolean(sealOf(answer));

function sealOf(answer) {
  return view.meta[SEAL] || answer.confirmation;
}
