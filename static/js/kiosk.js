// Every page behind the start: ends by itself, leaves nothing behind, and can be shown in large print.

const { warnAfter, endAfter } = document.body.dataset;
const warnMs = Number(warnAfter) * 1000;
const endMs = Number(endAfter) * 1000;
const countdown = document.querySelector("[data-countdown]");
const seconds = document.querySelector("[data-countdown-seconds]");
const endForm = document.querySelector("[data-end-form]");
const PRINT = "kiosk-large-print";
const PHOTO_MS = 120_000; // taking a photo: the camera covers the page, nobody can touch it

let lastTouch = performance.now();
let ended = false;

function end() {
  if (ended) {
    return;
  }
  ended = true;
  sessionStorage.removeItem(PRINT);
  document.querySelector("main").hidden = true;
  endForm.submit();
}

function tick() {
  const idle = performance.now() - lastTouch;
  if (idle >= endMs) {
    end();
  } else if (idle >= warnMs) {
    seconds.textContent = String(Math.ceil((endMs - idle) / 1000));
    countdown.hidden = false;
  } else {
    countdown.hidden = true;
  }
}

function touched() {
  lastTouch = Math.max(lastTouch, performance.now()); // a page that still scrolls does not shorten the time for a photo
  countdown.hidden = true;
}

function setLargePrint(on) {
  if (on) {
    document.documentElement.dataset.print = "large";
    sessionStorage.setItem(PRINT, "1");
  } else {
    delete document.documentElement.dataset.print;
    sessionStorage.removeItem(PRINT);
  }
  document.querySelector("[data-large-print]")?.setAttribute("aria-pressed", String(on));
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchmove", "scroll"]) {
  window.addEventListener(kind, touched, { passive: true });
}
window.addEventListener("kiosk:active", () => {
  lastTouch = performance.now();
});
window.addEventListener("kiosk:photo", () => {
  lastTouch = performance.now() + PHOTO_MS;
});
endForm.addEventListener("submit", () => {
  ended = true;
  sessionStorage.removeItem(PRINT);
});
document.querySelector("[data-large-print]")?.addEventListener("click", () => {
  setLargePrint(document.documentElement.dataset.print !== "large");
});
// A page that the browser kept for "back" must not show again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    document.querySelector("main").hidden = true;
    window.location.reload();
  }
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
setLargePrint(sessionStorage.getItem(PRINT) === "1");
setInterval(tick, 250);
