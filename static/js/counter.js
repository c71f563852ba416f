// The counter: scanner first, big steps, sums while choosing, one click is one sale.

function scanning() {
  const input = document.querySelector("[data-scan]");
  if (!input) {
    return;
  }
  input.focus();
  // A scanner types wherever the cursor is not; bring it home.
  document.addEventListener("keydown", (event) => {
    const free = document.activeElement === document.body;
    if (free && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      input.focus();
    }
  });
}

function pieces(input) {
  const value = Number(input.value);
  return Number.isInteger(value) && value > 0 ? value : 0;
}

function basketLine(input) {
  const item = document.createElement("li");
  const count = pieces(input);
  for (const text of [`${input.dataset.name} × ${count}`, `${count * Number(input.dataset.points)} 分`]) {
    const part = document.createElement("span");
    part.textContent = text;
    item.append(part);
  }
  return item;
}

// Why the sale cannot be confirmed yet; "" when it can.
function hindrance(inputs, sum, balance) {
  const odd = inputs.find((input) => input.validity.badInput || (input.value && !/^\d+$/.test(input.value)));
  if (odd) {
    return `${odd.dataset.name}：数量要填整数`;
  }
  const short = inputs.find((input) => pieces(input) > Number(input.dataset.free));
  if (short) {
    return `${short.dataset.name}只剩 ${short.dataset.free} ${short.dataset.unit}`;
  }
  return sum > balance ? `积分不够，还差 ${(sum - balance).toLocaleString("zh-CN")} 分` : "";
}

function sale() {
  const form = document.querySelector("[data-sale]");
  if (!form) {
    return;
  }
  const inputs = [...form.querySelectorAll("[data-pieces]")];
  const balance = Number(document.querySelector("[data-balance]").dataset.balance);
  const list = form.querySelector("[data-basket]");
  const total = form.querySelector("[data-total]");
  const rest = form.querySelector("[data-rest]");
  const expected = form.querySelector("[data-expected]");
  const confirm = form.querySelector("[data-confirm]");
  const why = form.querySelector("[data-why]");

  function show() {
    const chosen = inputs.filter((input) => pieces(input) > 0);
    const sum = chosen.reduce((all, input) => all + pieces(input) * Number(input.dataset.points), 0);
    list.replaceChildren(...chosen.map(basketLine));
    if (!chosen.length) {
      const none = document.createElement("li");
      none.className = "muted";
      none.textContent = "还没有选商品";
      list.append(none);
    }
    total.textContent = sum.toLocaleString("zh-CN");
    rest.textContent = (balance - sum).toLocaleString("zh-CN");
    rest.closest("dl").classList.toggle("short", sum > balance);
    expected.value = String(sum);
    const reason = hindrance(inputs, sum, balance);
    if (confirm) {
      confirm.disabled = sum === 0 || Boolean(reason);
    }
    why.textContent = reason;
    for (const input of inputs) {
      input.closest("[data-goods]").classList.toggle("chosen", pieces(input) > 0);
    }
  }

  for (const input of inputs) {
    const box = input.closest("[data-goods]");
    const free = Number(input.dataset.free);
    const less = box.querySelector("[data-less]");
    const more = box.querySelector("[data-more]");
    input.disabled = free <= 0;
    if (input.disabled) {
      input.value = "";
    }
    for (const [button, step] of [
      [less, -1],
      [more, 1],
    ]) {
      button.hidden = false;
      button.disabled = free <= 0;
      button.addEventListener("click", () => {
        input.value = String(Math.min(Math.max(pieces(input) + step, 0), free, 99));
        show();
      });
    }
    input.addEventListener("input", show);
  }

  const filter = form.querySelector("[data-filter]");
  if (filter) {
    filter.hidden = false;
    filter.addEventListener("click", (event) => {
      const button = event.target.closest("[data-category]");
      if (!button) {
        return;
      }
      for (const one of filter.querySelectorAll("[data-category]")) {
        one.setAttribute("aria-pressed", String(one === button));
      }
      for (const box of form.querySelectorAll("[data-goods]")) {
        box.hidden = Boolean(button.dataset.category) && box.dataset.in !== button.dataset.category;
      }
    });
  }

  const pin = form.querySelector("[data-pin]");
  const keypad = form.querySelector("[data-keypad]");
  if (pin && keypad) {
    keypad.hidden = false;
    keypad.addEventListener("click", (event) => {
      const key = event.target.closest("button");
      if (!key) {
        return;
      }
      if (key.dataset.digit !== undefined && pin.value.length < 6) {
        pin.value += key.dataset.digit;
      } else if ("clear" in key.dataset) {
        pin.value = "";
      } else if ("back" in key.dataset) {
        pin.value = pin.value.slice(0, -1);
      }
    });
  }

  // Enter in a number field moves on to the PIN instead of sending half a sale.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-pieces]")) {
      event.preventDefault();
      if (pin) {
        pin.focus();
      }
    }
  });
  form.addEventListener("submit", () => {
    if (confirm) {
      confirm.setAttribute("aria-disabled", "true");
      confirm.textContent = "正在办理…";
      setTimeout(() => {
        confirm.disabled = true;
      }, 0);
    }
  });
  show();
}

function countdown() {
  const shown = document.querySelector("[data-minutes]");
  if (!shown) {
    return;
  }
  const end = Date.now() + Number(shown.dataset.minutes) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 60000);
    shown.textContent = String(Math.max(left, 0));
    if (left <= 0) {
      clearInterval(timer);
    }
  }, 5000);
}

scanning();
sale();
countdown();
