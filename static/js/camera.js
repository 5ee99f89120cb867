// The till's camera. One stream lives through the whole day, because iOS asks again for every new one: pages come and go
// beside it, and only a hidden or locked till lets it go.

const LOOK_EVERY_MS = 120;
const FORGET_AFTER_MS = 2000;
const LONGEST_SIDE = 640;
const LONGEST_CODE = 254;
const ALLOWED = "till-camera-allowed";
const CHOSEN = "till-camera";
const STATES = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none" };

let stream = null;
let opening = null;
let decode = null;
let rounds = 0;
let sound = null;
// The code that was taken last, and when it was last in sight.
let served = { code: "", seenAt: 0 };

const panel = () => document.querySelector("[data-camera]");
const show = (state) => { if (panel()) panel().dataset.state = state; };

// --- opening and letting go ---

async function arrive() {
  if (!panel()) {
    if (!document.querySelector("[data-camera-stays]")) letGo();
    return;
  }
  if (stream?.active) return watch();
  if (!navigator.mediaDevices) return show("none");
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "denied") return show("denied");
  // On a device that has allowed it once the question comes by itself, as iOS asks after every start.
  if (permission?.state === "granted" || localStorage.getItem(ALLOWED)) return open();
  show("ask");
}

async function open() {
  show("starting");
  try {
    opening ??= wanted().then((video) => navigator.mediaDevices.getUserMedia({ video }));
    stream = await opening;
  } catch (refusal) {
    if (refusal.name === "NotAllowedError") localStorage.removeItem(ALLOWED);
    return show(STATES[refusal.name] ?? "failed");
  } finally {
    opening = null;
  }
  localStorage.setItem(ALLOWED, "yes");
  stream.getVideoTracks()[0].addEventListener("ended", () => show("failed"));
  if (document.hidden || !document.querySelector("[data-camera-stays]")) return letGo();
  if (panel()) watch();
}

async function wanted() {
  const cameras = await navigator.mediaDevices.enumerateDevices();
  const chosen = localStorage.getItem(CHOSEN);
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const known = cameras.some(({ deviceId }) => deviceId === chosen);
  return known ? { ...size, deviceId: { exact: chosen } } : { ...size, facingMode: "environment" };
}

function letGo() {
  rounds += 1;
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? letGo() : arrive()));

// --- looking for codes ---

async function watch() {
  const round = ++rounds;
  const video = panel().querySelector("video");
  video.srcObject = stream;
  await video.play().catch(() => {});
  tools();
  // What is still held before the camera has been served a moment ago.
  served.seenAt = performance.now();
  decode ??= await newDecoder(panel());
  show("on");
  while (round === rounds && video.isConnected) {
    const code = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? await decode(video) : "";
    if (round !== rounds || !video.isConnected) return;
    if (code) take(code);
    await new Promise((resume) => { setTimeout(resume, LOOK_EVERY_MS); });
  }
}

async function newDecoder({ dataset }) {
  const native = "BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  if (native) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? "";
  }
  const worker = new Worker(dataset.decoder, { type: "module", name: new URL(dataset.wasm, location).href });
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return (video) => new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => resolve("");
    worker.postMessage(picture(video, canvas));
  });
}

function picture(video, canvas) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.round(video.videoWidth * scale);
  const height = Math.round(video.videoHeight * scale);
  Object.assign(canvas.canvas, { width, height });
  canvas.drawImage(video, 0, 0, width, height);
  return canvas.getImageData(0, 0, width, height);
}

// A code counts once until it has been out of sight for a moment.
function take(code) {
  const now = performance.now();
  const again = code === served.code && now - served.seenAt < FORGET_AFTER_MS;
  served = { code, seenAt: now };
  show(again ? "same" : "on");
  if (again || code.length > LONGEST_CODE) return;
  beep();
  const form = document.querySelector("form[data-scan]");
  form.elements.namedItem("q").value = code;
  form.requestSubmit();
}

function beep() {
  navigator.vibrate?.(60);
  if (sound?.state !== "running") return;
  const tone = sound.createOscillator();
  tone.frequency.value = 1320;
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.09);
}

// Browsers let a page sound only after somebody has touched it.
addEventListener("pointerdown", () => { (sound ??= new AudioContext()).resume(); }, { passive: true });

// --- light, other camera ---

async function tools() {
  const [track] = stream.getVideoTracks();
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  if (!panel()) return;
  panel().querySelector("[data-camera-torch]").hidden = !track.getCapabilities?.().torch;
  panel().querySelector("[data-camera-switch]").hidden = cameras.length < 2;
}

async function light(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
  button.setAttribute("aria-pressed", on);
}

async function change() {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const current = stream.getVideoTracks()[0].getSettings().deviceId;
  const next = cameras[(cameras.findIndex(({ deviceId }) => deviceId === current) + 1) % cameras.length];
  localStorage.setItem(CHOSEN, next.deviceId);
  letGo();
  await open();
}

addEventListener("click", ({ target }) => {
  const button = target.closest("[data-camera-open], [data-camera-torch], [data-camera-switch]");
  if (!button) return;
  if ("cameraTorch" in button.dataset) light(button);
  else if ("cameraSwitch" in button.dataset) change();
  else open();
});

htmx.onLoad((root) => { if (root === document.body || root.id === "till") arrive(); });
