// The preview beside a notice that is being written: faults with their lines, and the real pages.
// Pages stand in a shadow tree with constructed style sheets, so nothing is inline.

const form = document.querySelector("[data-compose]");
const state = document.querySelector("[data-preview-state]");
const problems = document.querySelector("[data-preview-problems]");
const pages = document.querySelector("[data-preview-pages]");
const root = pages.attachShadow({ mode: "open" });
const FRAME = ":host{display:block}.sheet{background:#fff;margin:0 auto 14px;box-shadow:0 1px 8px rgb(0 0 0 / 25%)}";
const WAIT = 450;

let timer = 0;
let running = null;
let facesLoaded = false;

function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

function line(problem) {
  const item = document.createElement("li");
  const where = problem.row ? `第${problem.row}行：` : problem.column && problem.column !== "正文" ? `${problem.column}：` : "";
  item.textContent = where + problem.message;
  if (problem.row) {
    item.addEventListener("click", () => select(problem.row));
  }
  return item;
}

function select(row) {
  const body = form.elements.body;
  const lines = body.value.split("\n");
  const start = lines.slice(0, row - 1).reduce((sum, text) => sum + text.length + 1, 0);
  body.focus();
  body.setSelectionRange(start, start + lines[row - 1].length);
}

function note(text) {
  const item = document.createElement("li");
  item.className = "is-note";
  item.textContent = text;
  return item;
}

function show(data) {
  if (!facesLoaded) {
    facesLoaded = true;
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet(data.faces)];
  }
  root.adoptedStyleSheets = [sheet(data.css), sheet(FRAME)];
  root.innerHTML = data.body;
  // Papers differ in width: a certificate lies on its side.
  const ratio = Math.min(1, pages.clientWidth / ((root.querySelector(".sheet")?.offsetWidth ?? 794) + 6));
  root.adoptedStyleSheets = [sheet(data.css), sheet(`${FRAME}.sheet{zoom:${ratio.toFixed(3)}}`)];
  problems.replaceChildren(...data.problems.map(line), ...data.notes.map(note));
  const count = data.problems.length;
  state.textContent = `${data.pages}页，${count ? `${count}处要改` : "没有问题"}`;
}

async function preview() {
  running?.abort();
  running = new AbortController();
  state.textContent = "正在排版…";
  try {
    const answer = await fetch(form.dataset.previewUrl, {
      method: "POST",
      body: new FormData(form),
      signal: running.signal,
    });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    show(await answer.json());
  } catch (error) {
    if (error.name !== "AbortError") {
      state.textContent = "预览暂时不可用，可以先保存";
    }
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(preview, WAIT);
});
preview();
