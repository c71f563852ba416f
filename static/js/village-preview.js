// The pages of a notice on the screen, as wide as there is room. They stand in a shadow tree with constructed
// style sheets, so nothing is inline.

const box = document.querySelector("[data-paper]");
const data = JSON.parse(document.getElementById("paper-data").textContent);
const FRAME = `:host{display:block}.sheet{background:#fff;margin:0 auto 16px;box-shadow:0 1px 8px rgb(0 0 0 / 25%)}
.wm::before{content:attr(data-mark)}`;

function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet(data.faces)];
const host = document.createElement("div");
const root = host.attachShadow({ mode: "open" });
root.adoptedStyleSheets = [sheet(data.css), sheet(FRAME)];
root.innerHTML = data.body;
box.replaceChildren(host);
// The watermark is decoration: the page says in words that this is a draft.
for (const mark of root.querySelectorAll(".wm")) {
  mark.dataset.mark = mark.textContent;
  mark.textContent = "";
}

const wide = root.querySelector(".sheet").offsetWidth;
function fit() {
  const ratio = Math.min(1, (box.clientWidth - 4) / wide);
  root.adoptedStyleSheets = [sheet(data.css), sheet(`${FRAME}.sheet{zoom:${ratio.toFixed(3)}}`)];
}
fit();
window.addEventListener("resize", fit);
