// Reads the page aloud with the browser's own Chinese voice. Where there is none, there is no button.

const button = document.querySelector("[data-speak]");
const label = document.querySelector("[data-speak-label]");
const sentences = document.querySelector("[data-speech]").textContent.split("\n").filter((line) => line.trim());
const synth = window.speechSynthesis;
const RATE = 0.85; // a little slower than the browser's usual

let reading = false;

function voice() {
  return synth.getVoices().find((one) => /^(zh|cmn)/i.test(one.lang));
}

function offer() {
  button.hidden = !voice();
}

function show(on) {
  reading = on;
  label.textContent = on ? "停止" : "朗读";
  button.setAttribute("aria-pressed", String(on));
}

function stop() {
  show(false);
  synth.cancel();
}

function read() {
  show(true);
  sentences.forEach((sentence, index) => {
    const speech = new SpeechSynthesisUtterance(sentence);
    speech.lang = "zh-CN";
    speech.rate = RATE;
    speech.voice = voice();
    // Who listens is there: the visit goes on while it is being read.
    speech.addEventListener("start", () => window.dispatchEvent(new Event("kiosk:active")));
    speech.addEventListener("end", () => {
      window.dispatchEvent(new Event("kiosk:active"));
      if (index === sentences.length - 1) {
        show(false);
      }
    });
    synth.speak(speech);
  });
}

if (synth && "SpeechSynthesisUtterance" in window) {
  synth.cancel();
  offer();
  synth.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => (reading ? stop() : read()));
  window.addEventListener("pagehide", stop);
}
