// Forms for fingers: plus and minus, days, a photo, and a button that can be pressed only once.

const PHOTO_MB = 10; // as points.photos.MAX_BYTES; the server checks again

for (const stepper of document.querySelectorAll("[data-stepper]")) {
  const field = stepper.querySelector("input");
  const most = Number(stepper.dataset.most);
  const total = document.querySelector("[data-step-total]");
  const show = (value) => {
    const quantity = Math.min(most, Math.max(1, value));
    field.value = String(quantity);
    for (const button of stepper.querySelectorAll("[data-step]")) {
      button.disabled = Number(button.dataset.step) < 0 ? quantity === 1 : quantity === most;
    }
    if (total) {
      total.textContent = (quantity * Number(stepper.dataset.price)).toLocaleString("en");
    }
  };
  stepper.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) {
      show(Number(field.value) + Number(button.dataset.step));
    }
  });
  show(Number(field.value));
}

const days = document.querySelector("[data-days]");
if (days) {
  const more = days.querySelector("[data-more-days]");
  const unfold = () => {
    days.dataset.all = "";
    more.hidden = true;
  };
  more.hidden = false;
  more.addEventListener("click", unfold);
  if (days.querySelector(".k-day-more input:checked")) {
    unfold();
  }
}

const photo = document.querySelector("[data-photo]");
if (photo) {
  const label = document.querySelector("[data-photo-label]");
  const problem = document.querySelector("[data-photo-problem]");
  const shown = document.querySelector("[data-photo-shown]");
  const tell = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };
  const back = () => window.dispatchEvent(new Event("kiosk:active"));
  photo.addEventListener("click", () => window.dispatchEvent(new Event("kiosk:photo")));
  photo.addEventListener("cancel", back);
  photo.addEventListener("change", () => {
    back();
    tell("");
    shown.hidden = true;
    const [file] = photo.files;
    label.textContent = file ? "换一张照片" : "拍照或选一张";
    if (!file) {
      return;
    }
    if (file.size > PHOTO_MB * 1024 * 1024) {
      tell(`照片太大（${Math.round(file.size / 1024 / 1024)} MB），请换一张小于 ${PHOTO_MB} MB 的`);
      photo.value = "";
      label.textContent = "拍照或选一张";
      return;
    }
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      shown.src = reader.result;
    });
    reader.readAsDataURL(file);
  });
  shown.addEventListener("load", () => {
    shown.hidden = false;
  });
  shown.addEventListener("error", () => {
    tell("这个文件不是照片，请换一张");
    photo.value = "";
    label.textContent = "拍照或选一张";
  });
}

for (const form of document.querySelectorAll("[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });
}
