// The PIN pad: six digits by touch (a keyboard works, too). Nothing stays in the field when the page is left.

const form = document.querySelector("[data-pin-form]");
const field = form.querySelector("input[name=pin]");
const count = form.querySelector("[data-pin-count]");
const LENGTH = 6;

function show(digits) {
  field.value = digits.replace(/\D/g, "").slice(0, LENGTH);
  const left = LENGTH - field.value.length;
  count.textContent = left ? `还要按 ${left} 个数` : "好了，请按“确定”";
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=button]");
  if (!button) {
    return;
  }
  show("erase" in button.dataset ? field.value.slice(0, -1) : field.value + button.dataset.key);
});
field.addEventListener("input", () => show(field.value));
window.addEventListener("pageshow", () => show(""));
window.addEventListener("pagehide", () => show(""));
