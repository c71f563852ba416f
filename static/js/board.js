// The village hall's television: one notice after the other, new ones at once, nothing to touch.

const LOOK_MS = 60_000;
const RELOAD_MS = 6 * 3_600_000;
const deck = document.querySelector("[data-deck]");
const dots = document.querySelector("[data-dots]");
const clock = document.querySelector("[data-clock]");
const offline = document.querySelector("[data-offline]");
const started = Date.now();
const day = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  month: "long",
  day: "numeric",
  weekday: "long",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});

let version = document.body.dataset.version;
let at = 0;
let timer = 0;

const slides = () => [...deck.querySelectorAll(".tv-slide")];

function show(index) {
  clearTimeout(timer);
  const all = slides();
  at = (index + all.length) % all.length;
  all.forEach((slide, i) => {
    slide.hidden = i !== at;
  });
  dots.replaceChildren(
    ...all.map((_, i) => {
      const dot = document.createElement("span");
      dot.classList.toggle("is-on", i === at);
      return dot;
    }),
  );
  timer = setTimeout(() => show(at + 1), Number(all[at].dataset.seconds) * 1000);
}

async function look() {
  try {
    const answer = await fetch(document.body.dataset.slidesUrl, { cache: "no-store" });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const data = await answer.json();
    offline.hidden = true;
    if (Date.now() - started > RELOAD_MS) {
      window.location.reload();
    } else if (data.version !== version) {
      version = data.version;
      deck.innerHTML = data.html;
      show(0);
    }
  } catch {
    offline.hidden = false;
  }
}

function tick() {
  clock.textContent = day.format(new Date());
}

document.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight" || event.key === "PageDown") {
    show(at + 1);
  } else if (event.key === "ArrowLeft" || event.key === "PageUp") {
    show(at - 1);
  }
});
tick();
show(0);
setInterval(tick, 1000);
setInterval(look, LOOK_MS);
