/* Completes the search box to words of the corpus: a combobox with a list below it, as the ARIA Authoring Practices
   describe. Without this script the box is a plain one. Arrows choose, Enter takes, Escape closes. */
"use strict";
{
  const box = document.querySelector("[data-complete]");
  const list = document.createElement("ul");
  let chosen = -1;
  let asked = 0;
  let waiting;

  list.id = "completions";
  list.className = "completions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.getAttribute("aria-label"));
  box.after(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");

  function close() {
    list.hidden = true;
    list.replaceChildren();
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = index;
    const option = list.children[chosen];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", option.id);
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  }

  function take(index) {
    box.value = list.children[index].textContent;
    close();
    box.focus();
  }

  function show(completions) {
    close();
    completions.forEach((text, index) => {
      const option = document.createElement("li");
      option.id = `completion-${index}`;
      option.textContent = text;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(index);
      });
      list.append(option);
    });
    list.hidden = completions.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
  }

  async function ask() {
    const mine = ++asked;
    const prefix = box.value;
    if (!prefix.trim()) {
      close();
      return;
    }
    try {
      const answer = await fetch(`${box.dataset.complete}?q=${encodeURIComponent(prefix)}`);
      const found = answer.ok ? (await answer.json()).completions : [];
      if (mine === asked && document.activeElement === box) {
        show(found);
      }
    } catch {
      close();
    }
  }

  box.addEventListener("input", (event) => {
    clearTimeout(waiting);
    if (!event.isComposing) {
      waiting = setTimeout(ask, 120);
    }
  });
  box.addEventListener("compositionend", ask);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) {
      return;
    }
    const last = list.children.length - 1;
    if (event.key === "ArrowDown") {
      choose(chosen === last ? -1 : chosen + 1);
    } else if (event.key === "ArrowUp") {
      choose(chosen === -1 ? last : chosen - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      take(chosen);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
  });
}
