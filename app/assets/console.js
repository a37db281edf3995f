// What Streamlit cannot do from Python: keep an unsent question over a page switch or F5, give screen readers a live
// region, and put the cursor back into the ask box when an answer has ended. No data leaves the tab.

const BOX = '[data-testid="stChatInputTextArea"]';
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

let known = null; // the box that was there at the last look
let wasDisabled = false;
let said = "";

function look() {
  const box = document.querySelector(BOX);
  if (box && box !== known) {
    const draft = sessionStorage.getItem(draftKey());
    if (draft && !box.value) setText(box, draft);
  }
  if (box && wasDisabled && !box.disabled && document.activeElement === document.body) box.focus();
  known = box;
  wasDisabled = Boolean(box && box.disabled);
  const newest = [...document.querySelectorAll("[data-announce]")].pop();
  const text = newest ? newest.dataset.announce : "";
  if (text && text !== said) announcer().textContent = text;
  said = text;
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.(BOX)) return;
  if (event.target.value) sessionStorage.setItem(draftKey(), event.target.value);
  else sessionStorage.removeItem(draftKey());
});

document.addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (sends && event.target.matches?.(BOX)) sessionStorage.removeItem(draftKey());
  if (event.key === "/" && document.activeElement === document.body && known) {
    event.preventDefault();
    known.focus();
  }
}, true);

document.addEventListener("click", (event) => {
  if (event.target.closest?.('[data-testid="stChatInputSubmitButton"]')) sessionStorage.removeItem(draftKey());
}, true);

announcer();
new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true,
  attributeFilter: ["disabled", "data-announce"] });
look();
