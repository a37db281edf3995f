// What Streamlit cannot do from Python: keep an unsent question over a page switch or F5, give screen readers a live
// region, bring a new question into view, put the cursor back into the ask box when its answer has ended and into the
// text of a dialog when it opens, let the keys of the queue work while its list has the focus, wake a paused page,
// look again in a live one while it is in view, pass clicks in a trace on, and go from a point of a chart to its traces.
// No data leaves the tab.

const BOX = '[data-testid="stChatInputTextArea"]';
const QUESTION = '[data-testid="stChatMessageContent"][aria-label$="from user"]';
const draftKey = () => `draft:${location.pathname}${location.search}`;

function setText(box, text) {
  const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
  setter.call(box, text);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function announcer() {
  let region = document.getElementById("announcer");
  if (!region) {
    region = document.createElement("div");
    region.id = "announcer";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    Object.assign(region.style, {
      position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)",
    });
    document.body.append(region);
  }
  return region;
}

const LIST = '[data-testid="stRadio"] input[type="radio"]';
const DIALOG_TEXT = '[role="dialog"] textarea';
const RESUME = ".st-key-page-resume button";
const TICK = ".st-key-dashboards-tick button";
const WAY = ".st-key-dashboards-go a"; // to the traces behind a point of a chart
let gone = null; // the way that was taken
const LOOK_AGAIN_MS = 30_000, IDLE_MS = 300_000;
let touched = Date.now(); // when somebody last did something here
const LEGEND = ".st-key-queue-legend button";
let writing = null; // the text of the dialog that was open at the last look
let known = null; // the box that was there at the last look
let wasDisabled = false;
let said = "";
let questions = 0; // how many were drawn at the last look
let following = false; // whether the newest question stays at the top while its answer grows

function bringIntoView(question) {
  question.style.scrollMarginTop = "80px";
  question.scrollIntoView({ block: "start" });
}

function look() {
  const box = document.querySelector(BOX);
  if (box && box !== known) {
    const draft = sessionStorage.getItem(draftKey());
    if (draft && !box.value) setText(box, draft);
  }
  if (box && wasDisabled && !box.disabled && document.activeElement === document.body) box.focus();
  known = box;
  wasDisabled = Boolean(box && box.disabled);
  const asked = document.querySelectorAll(QUESTION);
  if (asked.length > questions) following = true;
  questions = asked.length;
  if (following && questions > 1) bringIntoView(asked[questions - 1]);
  const newest = [...document.querySelectorAll("[data-announce]")].pop();
  const text = newest ? newest.dataset.announce : "";
  if (text && text !== said) announcer().textContent = text;
  said = text;
  const text_of_dialog = document.querySelector(DIALOG_TEXT);
  if (text_of_dialog && text_of_dialog !== writing) text_of_dialog.focus();
  writing = text_of_dialog;
  const way = document.querySelector(WAY);
  if (way && way !== gone) way.click();
  gone = way;
}

function passOn(event) {
  // A radio button counts as a field, in which shortcuts do not work: they are for text, which it has none of.
  event.stopPropagation();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, code: event.code, bubbles: true }));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.(BOX)) return;
  if (event.target.value) sessionStorage.setItem(draftKey(), event.target.value);
  else sessionStorage.removeItem(draftKey());
});

document.addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (sends && event.target.matches?.(BOX)) sessionStorage.removeItem(draftKey());
  const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (bare && /^[a-z]$/i.test(event.key) && event.target.matches?.(LIST)) passOn(event);
  if (event.key === "?" && !event.target.matches?.("textarea, input:not([type=radio])")) {
    document.querySelector(LEGEND)?.click();
  }
  if (event.key === "/" && document.activeElement === document.body && known) {
    event.preventDefault();
    known.focus();
  }
}, true);

document.addEventListener("click", (event) => {
  if (event.target.closest?.('[data-testid="stChatInputSubmitButton"]')) sessionStorage.removeItem(draftKey());
}, true);

// A step of a trace: its click goes to the page without a new load, by a field that nobody sees.
document.addEventListener("click", (event) => {
  const asked = event.target.closest?.("[data-trace]") ?? event.target.closest?.(".trace-row")?.querySelector(".trace-name");
  const field = document.querySelector(".st-key-trace-command input");
  if (!asked || !field || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  setter.call(field, `${asked.dataset.trace} ${Date.now()}`);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => {
    for (const kind of ["keydown", "keypress"]) {
      field.dispatchEvent(new KeyboardEvent(kind, { key: "Enter", code: "Enter", keyCode: 13, which: 13, bubbles: true }));
    }
  });
}, true);

for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(kind, () => {
    following = false;
    touched = Date.now();
    if (kind !== "pointerdown") document.querySelector(RESUME)?.click();
  }, { capture: true, passive: true });
}

setInterval(() => {
  if (document.visibilityState === "visible" && Date.now() - touched < IDLE_MS) document.querySelector(TICK)?.click();
}, LOOK_AGAIN_MS);

announcer();
new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true,
  attributeFilter: ["disabled", "data-announce"] });
look();
