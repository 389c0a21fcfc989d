"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const boxes = [...document.querySelectorAll(".step input[type=checkbox]")];
  const key = "ise-intune run sheet " + document.body.dataset.digest;

  // A browser may refuse to keep anything for a file, and says so by throwing.
  const kept = () => {
    try {
      const list = JSON.parse(localStorage.getItem(key) || "[]");
      return Array.isArray(list) ? list : [];
    } catch {
      return [];
    }
  };
  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.id)));
      byId("forgets").hidden = true;
    } catch {
      byId("forgets").hidden = false;
    }
  };

  const count = () => {
    const done = boxes.filter((box) => box.checked).length;
    byId("progress").max = boxes.length;
    byId("progress").value = done;
    byId("count").textContent = `${done} of ${boxes.length} done`;
  };

  const tickAsKept = () => {
    const ticked = new Set(kept());
    for (const box of boxes) box.checked = ticked.has(box.id);
    count();
  };

  const clearTicks = () => {
    for (const box of boxes) box.checked = false;
    keep();
    count();
  };

  // Where a page has no clipboard (opened as a file, or inside a frame), what is selected can still be copied.
  const copyBySelection = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    area.setSelectionRange(0, text.length);
    let copied = false;
    try {
      copied = document.execCommand("copy");
    } catch {
      copied = false;
    }
    area.remove();
    return copied;
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  };

  const selectInPlace = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  const copyOf = async (button) => {
    const element = byId(button.dataset.of);
    const copied = await copy(element.textContent);
    button.focus();
    if (!copied) selectInPlace(element);
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    byId("said").textContent = copied ? "Copied" : "Selected: copy it with the keyboard";
    setTimeout(() => {
      button.textContent = "Copy";
      byId("said").textContent = "";
    }, 2000);
  };

  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copyOf(button));
  }
  for (const box of boxes) {
    box.addEventListener("change", () => {
      keep();
      count();
    });
  }
  byId("print").addEventListener("click", () => print());
  byId("clear").addEventListener("click", clearTicks);
  addEventListener("storage", (event) => {
    if (event.key === key) tickAsKept();
  });
  document.querySelector(".progress").hidden = false;
  tickAsKept();
})();
