// Recording on the phone: suggestions, a stepper, the photo made small, and sending that loses nothing.

import { suggest } from "./village-households.js";
import { drop, keep, waiting } from "./field-outbox.js";

const LONGEST = 1600;
const SMALL_ENOUGH = 1_500_000;
const TIMEOUT = 25_000;
const FIELDS = ["household", "rule", "quantity", "occurred_on", "place", "note", "key"];

const form = document.querySelector("[data-field-form]");
const notes = document.querySelector("[data-notes]");
const outbox = document.querySelector("[data-outbox]");
const send = form.querySelector("[data-send]");
const chosen = form.querySelector("[data-chosen]");
const rule = form.elements.rule;
const view = form.querySelector("[data-photo-view]");
const face = form.querySelector("[data-photo-face]");
const hint = form.querySelector("[data-photo-hint]");
const owner = document.querySelector(".user-name")?.textContent ?? "";
let photo = null;
let busy = false;

// crypto.randomUUID is missing where a village serves its own network by plain http.
function freshKey() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// --- the form ---

const household = form.elements.household;
household.addEventListener("input", () => {
  chosen.textContent = "";
});
suggest(household, form.dataset.suggest, (found) => {
  household.value = found.number;
  chosen.textContent = [found.number, found.name, found.group].filter(Boolean).join(" ");
  household.blur();
});

function ruled() {
  const option = rule.selectedOptions[0];
  const needed = option?.dataset.photo !== undefined;
  form.querySelector("[data-unit-name]").textContent = option?.dataset.unit ? `（${option.dataset.unit}）` : "";
  hint.textContent = needed ? "这件事须拍照" : "可以不拍；“须拍照”的要拍";
  for (const button of form.querySelectorAll("[data-quick] button")) {
    button.setAttribute("aria-pressed", String(button.value === rule.value));
  }
}
rule.addEventListener("change", ruled);
form.querySelector("[data-quick]")?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) {
    rule.value = button.value;
    ruled();
  }
});

form.querySelector("[data-stepper]").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) {
    const now = Number.parseInt(form.elements.quantity.value, 10) || 1;
    form.elements.quantity.value = String(Math.min(1000, Math.max(1, now + Number(button.value))));
  }
});

async function small(file) {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const ratio = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * ratio);
  canvas.height = Math.round(image.height * ratio);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise((resolve) => {
    canvas.toBlob(resolve, "image/jpeg", 0.85);
  });
  return { blob: file.size > SMALL_ENOUGH ? blob : file, shown: canvas.toDataURL("image/jpeg", 0.6) };
}

function show(address) {
  view.hidden = !address;
  face.hidden = Boolean(address);
  if (address) {
    view.src = address;
  } else {
    view.removeAttribute("src");
  }
}

form.elements.photo.addEventListener("change", async () => {
  const file = form.elements.photo.files[0];
  photo = file ?? null;
  show("");
  ruled();
  if (!file) {
    return;
  }
  try {
    const made = await small(file);
    photo = made.blob;
    show(made.shown);
  } catch {
    // Not a picture that the browser knows: the server says what it thinks of it.
    hint.textContent = file.name;
  }
});

// --- telling ---

function tell(text, kind = "success") {
  const line = document.createElement("p");
  line.className = `alert alert-${kind}`;
  line.textContent = text;
  notes.replaceChildren(line);
  notes.scrollIntoView({ block: "center" });
}

function refuse(errors) {
  notes.replaceChildren(
    ...errors.map((error) => {
      const line = document.createElement("p");
      line.className = "alert alert-danger";
      line.textContent = error.message;
      return line;
    }),
  );
  const first = form.elements[errors[0]?.field];
  notes.scrollIntoView({ block: "center" });
  first?.focus({ preventScroll: true });
}

function next() {
  household.value = "";
  chosen.textContent = "";
  form.elements.quantity.value = "1";
  form.elements.note.value = "";
  form.elements.photo.value = "";
  form.elements.key.value = freshKey();
  photo = null;
  show("");
  ruled();
}

// --- sending ---

class Unsent extends Error {}

async function post(entry) {
  const data = new FormData();
  data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const name of FIELDS) {
    data.set(name, entry[name] ?? "");
  }
  if (entry.photo) {
    data.set("photo", entry.photo, "photo.jpg");
  }
  let answer;
  try {
    answer = await fetch(entry.address, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch {
    throw new Unsent("现在没有网络");
  }
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
    throw new Unsent(answer.redirected || answer.status === 403 ? "登录已过期，请重新登录后再发" : "服务器暂时不通");
  }
  return answer.json();
}

async function list() {
  const rows = (await waiting()).filter((entry) => entry.owner === owner);
  outbox.hidden = rows.length === 0;
  if (outbox.hidden) {
    outbox.replaceChildren();
    return;
  }
  const head = document.createElement("p");
  head.textContent = `有 ${rows.length} 条没有发出去，已存在这台手机里。`;
  const lines = document.createElement("ul");
  for (const entry of rows) {
    const line = document.createElement("li");
    const text = document.createElement("span");
    text.textContent = `${entry.label}${entry.photo ? "（有照片）" : ""}${entry.reason ? `：${entry.reason}` : ""}`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "btn";
    remove.textContent = "删去";
    remove.setAttribute("aria-label", `删去 ${entry.label}`);
    remove.addEventListener("click", async () => {
      await drop(entry.key);
      await list();
    });
    line.append(text, remove);
    lines.append(line);
  }
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn-primary";
  again.textContent = "现在重发";
  again.addEventListener("click", () => resend(true));
  outbox.replaceChildren(head, lines, again);
}

async function resend(asked = false) {
  if (busy) {
    return;
  }
  busy = true;
  let sent = 0;
  let why = "";
  for (const entry of (await waiting()).filter((one) => one.owner === owner)) {
    try {
      const answer = await post(entry);
      if (answer.ok) {
        await drop(entry.key);
        sent += 1;
      } else {
        await keep({ ...entry, reason: answer.errors.map((error) => error.message).join("；") });
      }
    } catch (error) {
      why = error.message;
      break;
    }
  }
  busy = false;
  await list();
  if (sent) {
    tell(`存着的 ${sent} 条已经发出`);
  } else if (asked && why) {
    tell(`还是没有发出去：${why}`, "warning");
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) {
    return;
  }
  busy = true;
  send.disabled = true;
  send.setAttribute("aria-busy", "true");
  const entry = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  Object.assign(entry, {
    photo,
    owner,
    address: location.href,
    reason: "",
    label: `${chosen.textContent || entry.household} ${rule.selectedOptions[0]?.text ?? ""}`,
  });
  try {
    const answer = await post(entry);
    if (answer.ok) {
      tell(answer.message);
      next();
    } else {
      refuse(answer.errors);
    }
  } catch (error) {
    if (!(error instanceof Unsent)) {
      throw error;
    }
    try {
      await keep(entry);
      tell(`没有发出去（${error.message}）。这一条连同照片已存在手机里，有网后会重发。`, "warning");
      next();
      await list();
    } catch {
      tell(`没有发出去（${error.message}）。请不要离开这一页，有网后再按“提交”。`, "warning");
    }
  } finally {
    busy = false;
    send.disabled = false;
    send.removeAttribute("aria-busy");
  }
});

window.addEventListener("online", () => resend());
ruled();
try {
  await list();
  await resend();
} catch {
  // No storage on this phone: the form still works, and stays as it is when sending fails.
}
