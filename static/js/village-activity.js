// The sign-in sheet: Enter adds a household, the list keeps the text field that the server reads.

import { suggest } from "./village-households.js";

const form = document.querySelector("form[data-activity]");
const sheet = form.querySelector("[data-sheet]");
const lines = form.querySelector("[data-lines]");
const list = sheet.querySelector("[data-sheet-list]");
const total = sheet.querySelector("[data-sheet-total]");
const input = sheet.querySelector("[data-sheet-input]");
const households = new Map();

function write() {
  const rows = [...households.values()];
  lines.value = rows.map((row) => (row.quantity === 1 ? row.number : `${row.number} ${row.quantity}`)).join("\n");
  total.textContent = rows.length ? `共 ${rows.length} ${sheet.dataset.unit}` : "";
}

function entry(row) {
  const item = document.createElement("li");
  const who = document.createElement("span");
  const quantity = document.createElement("input");
  const remove = document.createElement("button");
  who.className = "sheet-who";
  who.textContent = [row.number, row.name, row.group].filter(Boolean).join(" ");
  quantity.type = "number";
  quantity.min = "1";
  quantity.max = "1000";
  quantity.value = String(row.quantity);
  quantity.className = "form-control";
  quantity.setAttribute("aria-label", `${row.number} 的数量`);
  quantity.addEventListener("change", () => {
    row.quantity = Math.max(1, Number.parseInt(quantity.value, 10) || 1);
    write();
  });
  quantity.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      input.focus();
    }
  });
  remove.type = "button";
  remove.className = "btn btn-small btn-quiet";
  remove.textContent = "移去";
  remove.setAttribute("aria-label", `移去 ${row.number}`);
  remove.addEventListener("click", () => {
    households.delete(row.number);
    item.remove();
    write();
    input.focus();
  });
  item.append(who, quantity, remove);
  return item;
}

function add(row) {
  if (households.has(row.number)) {
    total.textContent = `${row.number} ${row.name ?? ""} 已经在名单里`;
    return;
  }
  households.set(row.number, row);
  list.prepend(entry(row));
  write();
}

// What the server sent back after an error, or the browser kept.
for (const text of lines.value.split("\n")) {
  const [, number, quantity] = text.trim().match(/^(.*?)(?:\s+(\d+))?$/) ?? [];
  if (number) {
    add({ number, name: "", group: "", quantity: Number(quantity ?? 1) });
  }
}
sheet.hidden = false;
lines.required = false;
lines.closest("#div_id_lines").querySelectorAll("label, textarea, .form-text").forEach((part) => {
  part.hidden = true;
});
suggest(
  input,
  form.dataset.suggest,
  (household) => {
    add({ ...household, quantity: 1 });
    input.value = "";
    input.focus();
  },
  (text) => {
    total.textContent = `没有找到“${text}”，请核对后再输`;
    input.select();
  },
);

// What was typed and not added yet must not be lost.
form.addEventListener("submit", (event) => {
  const left = input.value.trim();
  if (left) {
    event.preventDefault();
    setTimeout(() => delete form.dataset.sent); // it was not sent: the guard of desk.js must not hold the next try
    total.textContent = `“${left}”还没有加入名单，请按回车加入，或者删去`;
    input.focus();
  }
});
