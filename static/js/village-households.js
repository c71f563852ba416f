// Suggestions for a household: number, name or pinyin initials; arrow keys and Enter, or a click.

const DELAY = 160;
let counter = 0;

function line(household) {
  const item = document.createElement("li");
  item.setAttribute("role", "option");
  for (const [text, className] of [
    [household.number, "num"],
    [household.name, ""],
    [household.group, "muted"],
  ]) {
    const part = document.createElement("span");
    part.textContent = text;
    part.className = className;
    item.append(part);
  }
  return item;
}

export function suggest(input, url, choose, missed = () => {}) {
  const id = `suggest-${(counter += 1)}`;
  const box = document.createElement("div");
  const list = document.createElement("ul");
  box.className = "suggest";
  list.className = "suggest-list";
  list.id = id;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "符合的户");
  list.hidden = true;
  const form = input.closest("form");
  const focused = document.activeElement === input || input.autofocus;
  input.replaceWith(box);
  box.append(input, list);
  if (focused) {
    input.focus();
  }
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-expanded", "false");

  let found = [];
  let current = -1;
  let timer = 0;
  let asked = "";
  let pending = null;

  function mark(index) {
    current = index;
    for (const [position, item] of [...list.children].entries()) {
      item.setAttribute("aria-selected", String(position === index));
      if (position === index) {
        input.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    }
    if (index < 0) {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(households) {
    found = households;
    list.replaceChildren(
      ...households.map((household, index) => {
        const item = line(household);
        item.id = `${id}-${index}`;
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(index);
        });
        return item;
      }),
    );
    list.hidden = households.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(households.length ? 0 : -1);
  }

  function hide() {
    show([]);
  }

  function take(index) {
    const household = found[index];
    if (household) {
      hide();
      choose(household);
    }
  }

  async function ask() {
    asked = input.value.trim();
    if (!asked) {
      hide();
      return;
    }
    const wanted = asked;
    try {
      // By POST: somebody's number may be typed here, and addresses are kept in logs.
      const body = new FormData();
      body.set("q", wanted);
      body.set("day", form.querySelector("[data-deed-day]")?.value ?? "");
      body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
      if (response.ok && wanted === asked) {
        show((await response.json()).households);
      }
    } catch {
      hide(); // without a network a full number still does
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      pending = ask();
    }, DELAY);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" && found.length) {
      event.preventDefault();
      mark((current + 1) % found.length);
    } else if (event.key === "ArrowUp" && found.length) {
      event.preventDefault();
      mark((current - 1 + found.length) % found.length);
    } else if (event.key === "Escape") {
      hide();
    } else if (event.key === "Enter" && input.value.trim()) {
      // Fast typists press Enter before the answer is there: ask now, then take the first.
      if (!list.hidden || "sheetInput" in input.dataset) {
        event.preventDefault();
        clearTimeout(timer);
        if (asked !== input.value.trim() || list.hidden) {
          pending = ask();
        }
        await pending;
        if (found.length) {
          take(Math.max(current, 0));
        } else {
          missed(input.value.trim());
        }
      }
    }
  });
  input.addEventListener("blur", hide);
}

for (const input of document.querySelectorAll("input[data-household]")) {
  const form = input.closest("form");
  suggest(input, form.dataset.suggest, (household) => {
    input.value = household.number;
    form.querySelector("[name=rule], [name=period]").focus();
  });
}
