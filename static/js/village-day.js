// The rules of the day of the deed: when the day is changed, the page of that day gives its choices and its words.

const day = document.querySelector("[data-deed-day]");
const form = day.closest("form");
const rule = form.elements.rule;
const WORDS = [
  "label[for=id_household]",
  "#id_household_helptext",
  "label[for=id_lines]",
  "#id_lines_helptext",
  "label[for=sheet-input]",
  "#sheet-help",
  "#id_rule_helptext",
  "[data-quick]",
];

// A rule of the next version has another key, and may give other points: it is known by its number and name.
function nameOf(option) {
  return option?.text.split("（")[0] ?? "";
}

function takeWords(page) {
  for (const selector of WORDS) {
    const here = form.querySelector(selector);
    const there = page.querySelector(selector);
    if (here && there) {
      here.innerHTML = there.innerHTML;
    }
  }
  const sheet = form.querySelector("[data-sheet]");
  if (sheet) {
    sheet.dataset.unit = page.querySelector("[data-sheet]").dataset.unit;
  }
  const household = form.elements.household;
  if (household?.placeholder) {
    household.placeholder = page.querySelector("#id_household").placeholder;
  }
}

function takeRules(page) {
  const wanted = nameOf(rule.selectedOptions[0]);
  const fresh = page.querySelector("[name=rule]");
  rule.replaceChildren(...fresh.children);
  const same = [...rule.options].find((option) => option.value && nameOf(option) === wanted);
  rule.value = same?.value ?? "";
  rule.dispatchEvent(new Event("change"));
}

async function follow() {
  const wanted = day.value;
  if (!wanted) {
    return;
  }
  try {
    const answer = await fetch(`${location.pathname}?${new URLSearchParams({ [day.name]: wanted })}`);
    if (!answer.ok || answer.redirected || wanted !== day.value) {
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    takeRules(page);
    takeWords(page);
  } catch {
    // Without a network the rules stay; the server says when one of them is not of that day.
  }
}

day.addEventListener("change", follow);
