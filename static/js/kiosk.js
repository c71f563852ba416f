// A household's pages: end by themselves, leave nothing behind, and can be printed large.

const { warnAfter, endAfter } = document.body.dataset;
const warnMs = Number(warnAfter) * 1000;
const endMs = Number(endAfter) * 1000;
const countdown = document.querySelector("[data-countdown]");
const seconds = document.querySelector("[data-countdown-seconds]");
const endForm = document.querySelector("[data-end-form]");
const PRINT = "kiosk-large-print";

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
  lastTouch = performance.now();
  countdown.hidden = true;
}

function setLargePrint(on) {
  document.documentElement.toggleAttribute("data-print", on);
  if (on) {
    document.documentElement.dataset.print = "large";
    sessionStorage.setItem(PRINT, "1");
  } else {
    sessionStorage.removeItem(PRINT);
  }
  document.querySelector("[data-large-print]")?.setAttribute("aria-pressed", String(on));
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  window.addEventListener(kind, touched, { passive: true });
}
window.addEventListener("scroll", touched, { passive: true });
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
