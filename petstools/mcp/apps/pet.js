// A pet's card from get_pet; what its profile does not hold is asked of the tools that do.
"use strict";

function draw(answer) {
  const pet = answer.data;
  const facts = el("dl", {});
  const fact = (key, value) => value && facts.append(el("dt", {}, say(key)), el("dd", {}, value));
  fact("age", pet.birthday && `${ageOf(pet, answer.today)}${pet.birthday.length === 10 ? day(pet.birthday) : pet.birthday}`);
  fact("lives", [pet.city, pet.country && new Intl.DisplayNames(document.documentElement.lang, { type: "region" }).of(pet.country)].filter(Boolean).join(", "));
  more(pet, fact);
  return [
    el(
      "div",
      { class: "head" },
      picture(pet.photo_url, pet.name),
      el("div", {}, el("h1", {}, pet.name), el("p", { class: "soft" }, [pet.species_name, say(pet.sex)].filter(Boolean).join(" · ")), pet.status === "active" ? null : el("p", { class: pet.status === "lost" ? "late" : "soft" }, say(pet.status))),
    ),
    facts,
    pet.description ? el("p", {}, pet.description) : null,
  ].filter(Boolean);
}
draw.shows = (answer) => Boolean(answer.data && answer.data.name);

function ageOf(pet, today) {
  const [year, month, on] = pet.birthday.split("-").map(Number), [thisYear, thisMonth, date] = today.split("-").map(Number);
  if (!month || !pet.age) return "";
  // Born on the 31st, a pet turns a month older on the last day of a shorter one.
  const last = new Date(Date.UTC(thisYear, thisMonth, 0)).getUTCDate();
  const months = (thisYear - year) * 12 + thisMonth - month - (date < Math.min(on || 1, last) ? 1 : 0);
  const unit = months < 24 ? "month" : "year";
  const count = unit === "month" ? months : Math.floor(months / 12);
  return `${new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(count)} · `;
}

// Each of these is shown when it comes; one that can't be read is left out.
function more(pet, fact) {
  const keeps = pet.can_edit ? pet.keeps || [] : pet.may_read || [];
  const read = (kind, tool, showIt) => keeps.includes(kind) && host.call(tool, { pet_id: pet.id }).then(showIt, () => {});
  read("weights", "list_weights", ({ weights }) => weights[0] && fact("weight", `${kilograms(weights[0].weight_kg)} · ${day(weights[0].measured_at)}`));
  read("vaccinations", "list_vaccinations", ({ vaccinations }) => {
    const next = vaccinations.filter((shot) => shot.due_at).sort((a, b) => (a.due_at < b.due_at ? -1 : 1))[0];
    fact("vaccination", next && `${next.vaccine_name} · ${day(next.due_at)}${next.is_overdue ? ` · ${say("overdue")}` : ""}`);
  });
  read("microchips", "list_microchips", ({ microchips }) => microchips[0] && fact("chip", microchips[0].chip_number));
}
