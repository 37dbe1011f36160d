/* An article's page: a note opens beside its mark, matches are stepped through, and a selection is copied with its
   reference. Without this script marks and matches are plain links. */
"use strict";
{
  const words = document.querySelector("#reader-words").content;
  const word = (name) => words.querySelector(`[data-word=${name}]`).textContent;
  const narrow = matchMedia("(max-width: 52rem)");

  // --- notes -------------------------------------------------------------------------------------------------

  let open = null;

  function close() {
    if (open) {
      open.box.remove();
      open.mark.removeAttribute("aria-expanded");
      open.mark.focus();
      open = null;
    }
  }

  function show(mark) {
    const again = open?.mark === mark;
    close();
    const note = document.getElementById(mark.hash.slice(1));
    if (again || !note) {
      return;
    }
    const box = document.createElement(narrow.matches ? "span" : "div");
    box.className = narrow.matches ? "popover inline" : "popover";
    box.id = "open-note";
    box.setAttribute("role", "note");
    box.setAttribute("aria-label", `${word("note")} ${mark.textContent}`);
    box.tabIndex = -1;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "close";
    button.textContent = "×";
    button.setAttribute("aria-label", word("close"));
    button.addEventListener("click", close);
    const text = document.createElement("span");
    const own = note.querySelector("p");
    text.lang = own.lang;
    for (const part of own.querySelectorAll(".said, .resolved")) {
      text.append(document.importNode(part, true));
    }
    for (const named of text.querySelectorAll("[id]")) {
      named.removeAttribute("id");
    }
    const whole = document.createElement("a");
    whole.href = mark.hash;
    whole.textContent = ` ↓ ${mark.textContent}`;
    box.append(button, text, whole);
    if (narrow.matches) {
      mark.closest("sup").after(box);
    } else {
      document.body.append(box);
      const place = mark.getBoundingClientRect();
      const left = Math.min(place.left + scrollX, scrollX + document.documentElement.clientWidth - box.offsetWidth - 16);
      box.style.left = `${Math.max(left, 8)}px`;
      box.style.top = `${place.bottom + scrollY + 6}px`;
    }
    mark.setAttribute("aria-expanded", "true");
    open = { box, mark };
    box.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const mark = event.target.closest("a.marker");
    if (mark && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(mark);
    } else if (open && !open.box.contains(event.target)) {
      close();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      close();
    }
  });

  // --- matches -----------------------------------------------------------------------------------------------

  const steps = document.querySelector(".steps");
  let current = 0;

  function go(number) {
    const total = Number(steps.dataset.total);
    document.querySelector("mark.now")?.classList.remove("now");
    current = ((number - 1 + total) % total) + 1;
    const mark = document.getElementById(`m${current}`);
    mark.closest("details")?.setAttribute("open", "");
    mark.classList.add("now");
    mark.scrollIntoView({ block: "center" });
    steps.querySelector(".now").textContent = `${current} / ${total}`;
  }

  function nearest() {
    // Where the reader is: the first match below the top of the window.
    const total = Number(steps.dataset.total);
    for (let number = 1; number <= total; number += 1) {
      if (document.getElementById(`m${number}`).getBoundingClientRect().top > 90) {
        return number;
      }
    }
    return 1;
  }

  if (steps) {
    const step = (by) => go(current ? current + by : nearest() + (by < 0 ? by : 0));
    for (const [name, by] of [["previous", -1], ["next", 1]]) {
      const button = steps.querySelector(`.${name}`);
      button.hidden = false;
      button.addEventListener("click", () => step(by));
    }
    document.addEventListener("step", (event) => step(event.detail));
  }

  // --- copying with the reference ----------------------------------------------------------------------------

  const copy = words.querySelector(".copy-cited").cloneNode(true);
  const label = copy.textContent;

  function selected() {
    const selection = getSelection();
    const start = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0).startContainer : null;
    const element = start && (start.nodeType === Node.ELEMENT_NODE ? start : start.parentElement);
    const place = element?.closest("article [id]:not(mark):not(a)");
    const text = selection.toString().trim();
    return place && text ? { text, place: place.id, range: selection.getRangeAt(0) } : null;
  }

  document.addEventListener("selectionchange", () => {
    const found = selected();
    if (!found) {
      copy.remove();
      return;
    }
    const box = found.range.getBoundingClientRect();
    copy.textContent = label;
    document.body.append(copy);
    copy.style.left = `${Math.max(Math.min(box.right + scrollX, scrollX + innerWidth - copy.offsetWidth - 16), 8)}px`;
    copy.style.top = `${box.bottom + scrollY + 8}px`;
  });
  copy.addEventListener("mousedown", (event) => event.preventDefault());
  copy.addEventListener("click", async () => {
    const found = selected();
    if (!found) {
      return;
    }
    const answer = await fetch(`?cite=${encodeURIComponent(found.place)}`).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const reference = page?.querySelector(".citations blockquote")?.textContent.trim() ?? location.href;
    await navigator.clipboard.writeText(`${found.text}\n${reference}`).catch(() => {});
    copy.textContent = word("copied");
  });
}
