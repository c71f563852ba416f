// The start page: the scanner types into the field and ends with Enter; fingers use the keys on the screen.

const form = document.querySelector("[data-card-form]");
const field = form.querySelector("input[name=card]");
const keypad = form.querySelector("[data-keypad]");
const GROUP = 4;
const LENGTH = 16;
const RESET_AFTER = 60_000;

let lastTouch = performance.now();

sessionStorage.removeItem("kiosk-large-print"); // the next person starts with the usual size (kiosk.js)

function plain() {
  return field.value.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
}

function show(code) {
  field.value = code.replace(new RegExp(`(.{${GROUP}})(?=.)`, "g"), "$1-");
}

function press(key) {
  const code = plain();
  if (code.length < LENGTH) {
    show(code + key);
  }
}

keypad.hidden = false;
keypad.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) {
    return;
  }
  if (button.dataset.key) {
    press(button.dataset.key);
  } else if ("erase" in button.dataset) {
    show(plain().slice(0, -1));
  } else {
    show("");
  }
  field.focus({ preventScroll: true });
});
for (const kind of ["pointerdown", "keydown"]) {
  window.addEventListener(kind, () => {
    lastTouch = performance.now();
    if (document.activeElement !== field) {
      setTimeout(() => document.activeElement?.matches("button, a") || field.focus({ preventScroll: true }), 0);
    }
  });
}
// Whatever somebody left in the field is gone after a minute, and so is an old message.
setInterval(() => {
  if (performance.now() - lastTouch > RESET_AFTER && (field.value || document.querySelector("[role=alert]"))) {
    window.location.replace(form.dataset.home ?? "/kiosk/");
  }
}, 1000);
window.addEventListener("pageshow", () => {
  field.value = "";
  field.focus({ preventScroll: true });
});
