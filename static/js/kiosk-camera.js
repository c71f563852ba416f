// A screen with a camera of its own: the photo is taken on the page, by touch. Where there is none, the file field stays.

const field = document.querySelector("[data-photo]");
const box = document.querySelector("[data-camera]");
const open = box.querySelector("[data-camera-open]");
const view = box.querySelector("[data-camera-view]");
const shoot = box.querySelector("[data-camera-shoot]");
const LONGEST = 1600;

let stream = null;

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  open.hidden = false;
  view.hidden = shoot.hidden = true;
}

async function start() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: LONGEST } } });
  } catch {
    box.hidden = true; // refused or in use: a photo can still be chosen
    return;
  }
  view.srcObject = stream;
  open.hidden = true;
  view.hidden = false;
  window.dispatchEvent(new Event("kiosk:photo"));
  await view.play();
  shoot.hidden = false;
}

function take() {
  const canvas = document.createElement("canvas");
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  canvas.getContext("2d").drawImage(view, 0, 0);
  canvas.toBlob(
    (blob) => {
      const chosen = new DataTransfer();
      chosen.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
      field.files = chosen.files;
      field.dispatchEvent(new Event("change"));
      stop();
    },
    "image/jpeg",
    0.85,
  );
}

const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
box.hidden = !devices.some((device) => device.kind === "videoinput");
open.addEventListener("click", start);
shoot.addEventListener("click", take);
window.addEventListener("pagehide", stop);
